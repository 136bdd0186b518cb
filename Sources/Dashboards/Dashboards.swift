import Queries
import Yams
