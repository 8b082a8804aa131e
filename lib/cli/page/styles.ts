/** The look of a page: light and dark, from 390 pixels up, and on paper. */
export const STYLES = `
:root { color-scheme: light dark; --bg: #f7f8fa; --card: #fff; --text: #1c2430; --soft: #566275; --line: #d9dee6;
  --blue: #1f5fbf; --green: #1a7f4b; --grey: #8a94a3; --red: #b3261e; --alarm: #fdecea; --amber: #8a5a00; --note: #fff6e0 }
@media screen and (prefers-color-scheme: dark) { :root { --bg: #12161c; --card: #1a2029; --text: #e7ebf1; --soft: #a7b1c0;
  --line: #313a47; --blue: #7db0ff; --green: #5fd39a; --grey: #7d8898; --red: #ff8a80; --alarm: #3a1917; --amber: #f0c267; --note: #33290f } }
* { box-sizing: border-box }
body { margin: 0; overflow-wrap: anywhere; background: var(--bg); color: var(--text); font: 15px/1.5 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif }
main, header, footer { max-width: 1080px; margin: 0 auto; padding: 0 16px }
header { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: baseline; padding-top: 20px }
h1 { font-size: 22px; margin: 0 } h2 { font-size: 18px; margin: 0 } h3 { font-size: 14px; margin: 20px 0 6px; color: var(--soft) } h3 + p { margin: 0 } p { margin: 8px 0 }
td code, .kid { white-space: nowrap } code, .kid { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .93em }
.soft { color: var(--soft) }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px; margin: 16px 0 }
.head { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: baseline }
.badge { border: 1px solid currentColor; border-radius: 99px; padding: 0 10px; font-size: 13px }
.good { color: var(--green) } .bad { color: var(--red) } .wait { color: var(--amber) }
.alarm { background: var(--alarm); border: 2px solid var(--red); border-radius: 10px; padding: 16px; margin: 16px 0 }
.alarm .big { font-size: 26px; line-height: 1.25; font-weight: 650; margin: 4px 0 }
.alarm > :last-child { margin-bottom: 0 }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); margin: 0 }
.note { background: var(--note); border-radius: 8px; padding: 10px 14px; margin: 12px 0 }
ul { margin: 4px 0; padding-left: 20px }
.way { list-style: none; display: grid; grid-template-columns: repeat(4, 1fr); gap: 8px 12px; margin: 16px 0 0; padding: 0 }
.way li { border-top: 4px solid var(--line); padding-top: 6px; font-size: 13px; color: var(--soft) } .way strong { color: var(--text); font-size: 15px; margin-right: 6px } .way span + span { display: block }
.way .done { border-color: var(--green) } .way .now { border-color: var(--blue) } .way .now strong + span { color: var(--blue) } .way .done strong + span { color: var(--green) }
.trusting { list-style: none; display: flex; flex-wrap: wrap; gap: 6px 16px; padding: 0; font-size: 18px; font-weight: 650 } .countdown { font-weight: 650 }
.row { display: grid; grid-template-columns: 240px 1fr; gap: 12px; align-items: center; margin: 6px 0 }
.track { position: relative; height: 20px; border-radius: 5px; background: var(--bg); overflow: hidden }
.track i { position: absolute; top: 3px; bottom: 3px; min-width: 3px; border-radius: 3px }
.published { background: repeating-linear-gradient(45deg, var(--blue) 0 6px, transparent 6px 9px); border: 1px solid var(--blue) }
.current { background: var(--green) } .draining { background: var(--grey) }
.compromised { background: repeating-linear-gradient(135deg, var(--red) 0 4px, transparent 4px 7px); border: 1px solid var(--red) }
.axis { position: relative; height: 18px; font-size: 12px; color: var(--soft) }
.axis span { position: absolute; transform: translateX(-50%); white-space: nowrap } .axis span:last-child { transform: translateX(-100%) }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: 13px; color: var(--soft) }
.legend i { display: inline-block; width: 22px; height: 12px; border-radius: 3px; vertical-align: -1px; margin-right: 6px }
.bar { height: 14px; border-radius: 7px; background: var(--bg); overflow: hidden; border: 1px solid var(--line) } .bar i { display: block; height: 100%; background: var(--green) }
.scroll { overflow-x: auto } .scroll:focus-visible { outline: 2px solid var(--blue) }
table { border-collapse: collapse; width: 100%; font-size: 14px } th, td { text-align: left; padding: 5px 10px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top }
th { color: var(--soft); font-weight: 600 } td { overflow-wrap: break-word } thead th { overflow-wrap: normal } .long { overflow-wrap: anywhere } td.long { overflow-wrap: break-word } th.long { color: var(--text); font-weight: 400; padding-top: 12px }
pre { background: var(--bg); border: 1px solid var(--line); border-radius: 6px; padding: 8px 10px; margin: 4px 0 10px; white-space: pre-wrap; overflow-wrap: anywhere }
@media (min-width: 641px) { thead th { white-space: nowrap } }
@media (max-width: 640px) { .row { grid-template-columns: 1fr; gap: 2px } .axisrow > :first-child { display: none } .alarm .big { font-size: 21px } .way { grid-template-columns: 1fr 1fr } }
@media print { :root { color-scheme: light } body { background: #fff } .card { break-inside: avoid } .live { display: none } * { print-color-adjust: exact } }
`
