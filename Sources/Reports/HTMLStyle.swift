/// The style of the page: light and dark by the reader's own setting, and on paper.
enum HTMLStyle {
  static let sheet: Markup = """
    :root{color-scheme:light dark;--bg:#fff;--card:#f7f7f5;--ink:#1c1c1a;--soft:#5d5d58;--rule:#dcdcd6;
    --s0:#2a6fbb;--s1:#c8650a;--s2:#0b8a72;--s3:#7a4fc0;--s4:#b83a78;--s5:#6b7a12;--s6:#3a8fa8;--s7:#8a6a4a;
    --bad:#c62828;--stray:#e0a100}
    @media(prefers-color-scheme:dark){:root{--bg:#171716;--card:#222220;--ink:#eeeeea;--soft:#a8a8a0;
    --rule:#3c3c38;--s0:#6aa9ee;--s1:#f0954a;--s2:#45c2a6;--s3:#ad8bec;--s4:#e87bb0;--s5:#b3c24a;--s6:#74c4da;
    --s7:#c7a482;--bad:#ff6b62;--stray:#f5c445}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,"DejaVu Sans",sans-serif}
    main{max-width:1040px;margin:0 auto;padding:20px 16px 48px}
    h1{font-size:1.5rem;margin:0;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:32px 0 10px}
    h3{font-size:.95rem;margin:14px 0 4px}
    p{margin:6px 0;overflow-wrap:anywhere}.soft,footer{color:var(--soft);font-size:.87rem}
    .finding{background:var(--card);border-left:4px solid var(--s0);padding:10px 14px;border-radius:4px}
    .wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
    th,td{padding:3px 10px;text-align:right;border-bottom:1px solid var(--rule);white-space:nowrap}
    th:first-child,td:first-child{text-align:left;padding-left:0;white-space:normal;min-width:9em}
    td.d{color:var(--soft);padding-left:1.2em!important}th.g{text-align:left;padding-top:16px;white-space:normal}
    th:first-child,td:first-child{position:sticky;left:0;background:var(--bg)}
    @media(max-width:520px){table{font-size:.8rem}th,td{padding:3px 6px}}
    td.long{white-space:normal;overflow-wrap:anywhere}
    .charts{display:grid;gap:18px;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr))}
    figure{margin:0;background:var(--card);border-radius:6px;padding:12px;break-inside:avoid;min-width:0}
    figcaption{font-size:.87rem;margin-bottom:6px;overflow-wrap:anywhere}svg{display:block;width:100%;height:auto;max-width:560px}
    .key{display:flex;flex-wrap:wrap;gap:4px 14px;font-size:.87rem;margin:6px 0}
    .key i{display:inline-block;width:12px;height:12px;border-radius:3px;margin-right:5px;vertical-align:-1px}
    ul{margin:6px 0;padding-left:20px;font-size:.87rem}li{overflow-wrap:anywhere}summary{cursor:pointer;margin:10px 0}
    .bad{color:var(--bad);font-weight:600}
    .t{fill:var(--ink);font-size:11px}.small{font-size:10px;fill:var(--soft)}.strong{font-weight:600}
    @media(max-width:520px){.t{font-size:12.5px}.small{font-size:11.5px}}
    .grid{stroke:var(--rule);fill:none}.rail{stroke:var(--soft);stroke-width:2;fill:none}
    .box{fill:var(--bg);stroke:var(--soft)}.server{stroke:var(--ink);stroke-width:1.6}.router{stroke-dasharray:4 3}
    .curve{fill:none;stroke-width:2.2}.d1{stroke-dasharray:7 4}.d2{stroke-dasharray:2 3}
    .whisker{stroke:var(--ink);stroke-width:1.6;fill:none}
    .run{fill:none;stroke-width:12}.mark{stroke:var(--soft);stroke-dasharray:2 2;fill:none}
    .added{stroke:var(--ink);stroke-dasharray:none}.removed{stroke:var(--bad);stroke-dasharray:none}
    .announced{stroke:var(--s2);stroke-dasharray:4 2}.seen{fill:var(--s2)}
    \(colours)
    .x{stroke:var(--bad);background:var(--bad)}.y{stroke:var(--stray);background:var(--stray)}
    @media print{body{font-size:11px}main{max-width:none;padding:0}.finding,figure{border:1px solid var(--rule)}
    .charts{grid-template-columns:1fr 1fr}h2{break-after:avoid}}
    """

  /// A class for each series.
  private static let colours = (0..<SeriesColour.count).map { number in
    ".s\(number){stroke:var(--s\(number));background:var(--s\(number))}"
      + ".fill.s\(number){fill:var(--s\(number));stroke:none}"
  }.joined()
}
