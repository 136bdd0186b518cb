import Hummingbird
import Dashboards
