import Storage
import CZlib
import NIOCore
import NIOPosix
import NIOSSL
import X509
