import Events

extension IncomingRow {
  /// All columns in the order of ``Schema/columns``. Written out because a key path per value costs
  /// more than the insertion itself; a test holds it against `Event`'s subscript.
  ///
  /// - Parameter shared: not the event itself, which would be copied: forty texts to retain and release.
  mutating func event(_ shared: SharedEvent) {
    text(shared.event.id); integer(shared.event.ts)
    text(shared.event.tsQuality); integer(shared.event.observedTs)
    text(shared.event.event); text(shared.event.category); text(shared.event.outcome)
    integer(shared.event.severity); text(shared.event.level)
    text(shared.event.app); text(shared.event.env); text(shared.event.host)
    text(shared.event.source); integer(shared.event.sourceOffset); array(shared.event.lines)
    text(shared.event.logger)
    text(shared.event.actor); text(shared.event.actorType); text(shared.event.target)
    text(shared.event.objectType); text(shared.event.objectID)
    text(shared.event.fromValue); text(shared.event.toValue)
    text(shared.event.reason); text(shared.event.authMethod)
    text(shared.event.sourceIP); text(shared.event.userAgent); text(shared.event.session)
    text(shared.event.requestID); text(shared.event.traceID); text(shared.event.spanID)
    text(shared.event.httpMethod); text(shared.event.httpPath); integer(shared.event.httpStatus)
    text(shared.event.vulnID); text(shared.event.package)
    text(shared.event.packageVersion); text(shared.event.fixedVersion)
    text(shared.event.certSubject); integer(shared.event.certNotAfter); text(shared.event.dbSystem)
    integer(shared.event.repeatCount); integer(shared.event.redactions); text(shared.event.redactionKinds)
    text(shared.event.classifier); integer(shared.event.confidence); text(shared.event.parse)
    text(shared.event.message); text(shared.event.attrs)
  }
}
