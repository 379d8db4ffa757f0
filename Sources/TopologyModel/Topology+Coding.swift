import Packets

// How parts of a topology are kept in a run's JSON. What a version before did not write is filled in
// as the resolver would have done.

extension Segment: Codable {
  private enum CodingKeys: String, CodingKey {
    case name, subnet, probability, mtu, vlan, loss, robot
    case switchModel = "switch"
    case hold = "hold_ns"
    case apiDelay = "api_delay_ns"
    case ageingTime = "ageing_time_ns"
    case delay = "delay_ns"
    case jitter = "jitter_ns"
    case rate = "rate_bits_per_second"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let parameters = SwitchParameters(
      probability: try container.decode(Nullable.self, forKey: .probability).wrappedValue,
      hold: try container.decode(Nullable.self, forKey: .hold).wrappedValue,
      apiDelay: try container.decode(Nullable.self, forKey: .apiDelay).wrappedValue,
      robot: try container.decode(Nullable.self, forKey: .robot).wrappedValue,
      ageingTime: try container.decode(Nullable.self, forKey: .ageingTime).wrappedValue)
    self.init(
      name: try container.decode(String.self, forKey: .name),
      subnet: try container.decode(IPNetwork.self, forKey: .subnet),
      switchModel: SwitchModel(
        try container.decode(SwitchModelName.self, forKey: .switchModel), parameters),
      mtu: try container.decode(Int.self, forKey: .mtu),
      shaping: Shaping(
        delay: try container.decode(TimeSpan.self, forKey: .delay),
        jitter: try container.decode(TimeSpan.self, forKey: .jitter),
        loss: try container.decode(Double.self, forKey: .loss),
        rate: try container.decode(Nullable.self, forKey: .rate).wrappedValue),
      vlan: try container.decode(Nullable.self, forKey: .vlan).wrappedValue)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    let parameters = switchModel.parameters
    try container.encode(name, forKey: .name)
    try container.encode(subnet, forKey: .subnet)
    try container.encode(switchModel.name, forKey: .switchModel)
    try container.encode(parameters.probability, forKey: .probability)
    try container.encode(parameters.hold, forKey: .hold)
    try container.encode(parameters.apiDelay, forKey: .apiDelay)
    try container.encode(parameters.robot, forKey: .robot)
    try container.encode(parameters.ageingTime, forKey: .ageingTime)
    try container.encode(mtu, forKey: .mtu)
    try container.encode(vlan, forKey: .vlan)
    try container.encode(shaping.delay, forKey: .delay)
    try container.encode(shaping.jitter, forKey: .jitter)
    try container.encode(shaping.loss, forKey: .loss)
    try container.encode(shaping.rate, forKey: .rate)
  }
}

extension FailoverSettings: Codable {
  private enum CodingKeys: String, CodingKey {
    case method, form, heal, heartbeat, vrrp, carp, faults, script, resources
    case every = "every_ns"
    case announceEvery = "announce_every_ns"
    case announceCount = "announce_count"
    case requests = "requests_ns"
    case releases = "release"
    case overlap = "overlap_ns"
    case stuckAfter = "stuck_after_ns"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let method = try container.decode(Nullable<FailoverMethodName>.self, forKey: .method)
    let name = try container.decode(AnnouncementName.self, forKey: .form)
    self.init(
      method: method.wrappedValue ?? .juggle,
      every: try container.decode(TimeSpan.self, forKey: .every),
      announceEvery: try container.decode(TimeSpan.self, forKey: .announceEvery),
      form: name.form,
      overlap: try container.decode(TimeSpan.self, forKey: .overlap),
      stuckAfter: try container.decode(TimeSpan.self, forKey: .stuckAfter),
      healing: try container.decode(Nullable.self, forKey: .heal).wrappedValue,
      family: name.family)
    announceCount = try container.decode(Nullable.self, forKey: .announceCount).wrappedValue
    requests =
      try container.decode(Nullable<[TimeSpan]>.self, forKey: .requests).wrappedValue ?? []
    releases = try container.decode(Nullable<Bool>.self, forKey: .releases).wrappedValue ?? true
    if let own = try container.decode(Nullable<HeartbeatSettings>.self, forKey: .heartbeat)
      .wrappedValue
    {
      heartbeat = own
    }
    if let own = try container.decode(Nullable<AdvertisementSettings>.self, forKey: .vrrp)
      .wrappedValue
    {
      vrrp = own
    }
    if let own = try container.decode(Nullable<AdvertisementSettings>.self, forKey: .carp)
      .wrappedValue
    {
      carp = own
    }
    script = try container.decode(Nullable<ScriptSettings>.self, forKey: .script).wrappedValue
    resources =
      try container.decode(Nullable<[ClusterResource]>.self, forKey: .resources).wrappedValue ?? []
    faults =
      try container.decode(Nullable<[FaultPlan]>.self, forKey: .faults).wrappedValue ?? []
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(method, forKey: .method)
    try container.encode(AnnouncementName(form, of: family), forKey: .form)
    try container.encode(every, forKey: .every)
    try container.encode(announceEvery, forKey: .announceEvery)
    try container.encode(announceCount, forKey: .announceCount)
    try container.encode(requests.isEmpty ? nil : requests, forKey: .requests)
    try container.encode(releases, forKey: .releases)
    try container.encode(overlap, forKey: .overlap)
    try container.encode(stuckAfter, forKey: .stuckAfter)
    try container.encode(healing, forKey: .heal)
    try container.encode(method.hasHeartbeats ? heartbeat : nil, forKey: .heartbeat)
    try container.encode(method == .vrrp ? vrrp : nil, forKey: .vrrp)
    try container.encode(method == .carp ? carp : nil, forKey: .carp)
    try container.encode(faults.isEmpty ? nil : faults, forKey: .faults)
    try container.encode(method == .script ? script : nil, forKey: .script)
    try container.encode(method == .ocf ? resources : nil, forKey: .resources)
  }
}

/// What an announcement is called: IPv6 has one form.
private enum AnnouncementName: String, Codable, CaseIterable {
  case request, reply
  case replyBroadcast = "reply-broadcast"
  case unsolicitedAdvertisement = "unsolicited-na"
  case silent = "none"

  init(_ form: AnnouncementForm, of family: IPFamily) {
    self =
      AnnouncementName(rawValue: form.name(in: family)) ?? .unsolicitedAdvertisement
  }

  var form: AnnouncementForm { AnnouncementForm(rawValue: rawValue) ?? .request }
  var family: IPFamily { self == .unsolicitedAdvertisement ? .v6 : .v4 }
}

/// A node by the names of its segments.
package struct CodedNode: Codable {
  let name: String
  let role: NodeRole
  let addresses: [String: IPAddress]
  /// As sysctl(8) takes it; `null` where nothing is set.
  @Nullable var neighbourSettings: [String: Int64]?

  private enum CodingKeys: String, CodingKey {
    case name, role, addresses
    case neighbourSettings = "neigh"
  }

  package init(_ node: TopologyNode, on segments: [Segment]) {
    name = node.name
    role = node.role
    addresses = Dictionary(
      uniqueKeysWithValues: node.attachments.map { (segments[$0.segment].name, $0.address) })
    let settings = node.neighbourSettings.map { ($0.parameter.rawValue, $0.value) }
    neighbourSettings = settings.isEmpty ? nil : Dictionary(uniqueKeysWithValues: settings)
  }
}

extension TopologyNode {
  /// The nodes that are attached to `segments`; a segment that is not among them is left out.
  package static func nodes(_ coded: [CodedNode], on segments: [Segment]) -> [TopologyNode] {
    let nodes = coded.enumerated().map { number, node in
      TopologyNode(
        name: node.name, role: node.role,
        attachments: segments.enumerated().compactMap { index, segment in
          node.addresses[segment.name].map {
            Attachment(segment: index, address: $0, nodeIndex: number)
          }
        },
        neighbourSettings: NeighbourParameter.allCases.compactMap { parameter in
          node.neighbourSettings?[parameter.rawValue].map {
            NeighbourSetting(parameter: parameter, value: $0)
          }
        })
    }
    return Routing(segments: segments, nodes: nodes).routed
  }
}
