import Storage

/// One attack fires several rules: many failures of one address are often also those of one user, and
/// the failures before a login. Incidents that stand on the same events are one story, and the gravest
/// of them tells it. Each stays an incident of its own in the store.
public enum IncidentStories {
  /// - Parameter incidents: the gravest first.
  /// - Returns: for each the index of the one that tells it; its own index if none before it does.
  public static func tellers(_ incidents: [StoredIncident]) -> [Int] {
    var owner: [String: Int] = [:]  // by event id
    return incidents.enumerated().map { index, incident in
      let ids = Set(incident.firstEvents).union(incident.lastEvents)
      var shared: [Int: Int] = [:]
      for id in ids { if let known = owner[id] { shared[known, default: 0] += 1 } }
      // Half of what is listed: a user who was attacked from everywhere is more than one address's story.
      let best = shared.max { ($0.value, -$0.key) < ($1.value, -$1.key) }
      if let best, best.value * 2 >= ids.count { return best.key }
      for id in ids where owner[id] == nil { owner[id] = index }
      return index
    }
  }
}
