import Queries
