import { isOk, type GroupReport, type KeyReport } from '../../rotation/report/report.ts'
import { commandLine } from '../next/asked.ts'
import { localTime } from '../text/local-time.ts'
import { errorOf, warningsOf } from '../text/report-text.ts'
import { html, type Html } from './html.ts'
import type { PageOptions, Words } from './page-options.ts'
import { LIVE_SCRIPT } from './script.ts'
import { receiverTable } from './receiver-table.ts'
import type { Station } from './stations.ts'
import { STYLES } from './styles.ts'
import { table } from './table.ts'
import { Timeline } from './timeline.ts'
import type { EmergencyView, GroupView, KeyView, PageView, Segment } from './view.ts'

const SHOWN_KEYS = 12
const SHOWN_FAILURES = 10

/** A whole page that needs nothing else: no network, no font, no image. */
export function renderPage(view: PageView, options: PageOptions): string {
  return renderDocument(renderMain(view, options), options)
}

/** A page around `main`. */
export function renderDocument(main: string, { texts, live }: PageOptions): string {
  return `<!doctype html>
<html lang="${texts.lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${texts.title}</title>
<style>${STYLES}</style>
</head>
<body>
<header><h1>${texts.title}</h1>${live ? `<span class="soft live">${texts.live}</span>` : ''}</header>
<main id="main">${main}</main>
${live ? `<p id="said" class="unseen" role="status"></p><script>${LIVE_SCRIPT}</script>` : ''}
</body>
</html>
`
}

/** The part that changes from one look to the next. */
export function renderMain(view: PageView, options: PageOptions): string {
  const words: Words = { ...options, time: (at) => localTime(at, view.at, options.timeZone) }
  const { texts, time } = words
  return html`<p class="soft">${texts.asOf(time(view.at))}</p>
    ${view.groups.flatMap(({ emergency }) => (emergency ? [emergencyBox(emergency, view.at, words)] : []))}
    ${
      view.next.length > 0 &&
      html`<section class="note" aria-label="${texts.next}">
        <strong>${texts.next}</strong>
        ${view.next.map(({ args }) => html`<pre>${commandLine(args)}</pre>`)}
      </section>`
    }
    ${view.groups.map((group) => groupCard(group, view.at, words))}`.text
}

/** First, and large: who still trusts a leaked key, and until when. */
function emergencyBox(emergency: EmergencyView, now: string, { texts, time }: Words): Html {
  const { kids, trusting, safe, expected, untrustedFrom } = emergency
  const words = texts.emergency
  const isProven = trusting.length === 0 && expected !== null && safe.length >= expected
  const open = trusting.length > 0 ? words.someTrust(trusting.length) : words.safeOf(safe.length, expected)
  const verdict = isProven ? words.allSafe(safe.length) : open
  const isPast = untrustedFrom !== null && untrustedFrom <= now
  return html`<section class="alarm" aria-label="${words.title(kids.join(', '))}">
    <h2>${words.title(kids.join(', '))}</h2>
    <p class="big ${isProven ? 'good' : 'bad'}">${verdict}</p>
    ${
      trusting.length > 0 &&
      html`<p>${words.stillTrust}:</p>
        <ul class="trusting">
          ${trusting.map((id) => html`<li><code>${id}</code></li>`)}
        </ul>`
    }
    ${
      untrustedFrom !== null &&
      html`<p class="${isProven ? 'soft' : ''}">
        ${isPast ? words.since(time(untrustedFrom)) : words.until(time(untrustedFrom))}
        ${!isPast && !isProven && html`<span class="countdown live" data-until="${untrustedFrom}" data-words="${words.countdown}"></span>`}
      </p>`
    }
  </section>`
}

function groupCard(group: GroupView, now: string, words: Words): Html {
  const { report, phase, stations, keys, receivers, streams, dueAt } = group
  const { texts, time } = words
  return html`<section class="card" aria-label="${report.group}">
    <div class="head">
      <h2>${report.group}</h2>
      ${
        report.outcome !== 'reported' &&
        html`<span class="badge ${toneOf(report)}">${texts.outcomes[report.outcome]}</span>`
      }
      <span class="badge ${phase === 'publishing' || phase === 'applying' ? 'wait' : 'good'}">
        ${texts.phases[phase]}
      </span>
      <span class="soft">${texts.revision(report.revision)}</span>
    </div>
    ${report.waitingUntil !== null && html`<p>${texts.waitingUntil(time(report.waitingUntil))}</p>`}
    ${dueAt !== null && dueAt > now && html`<p class="soft">${texts.dueFrom(time(dueAt))}</p>`}
    ${problems(report, words)} ${way(stations, words)}
    <h3>${texts.keys}</h3>
    ${keyRows(keys, now, words)}
    <h3>${texts.domains}</h3>
    ${domainBar(report, words)}
    <h3>${texts.receivers}</h3>
    ${receivers.length === 0 ? html`<p class="soft">${texts.none}</p>` : receiverTable(`${report.group}: ${texts.receivers}`, receivers, words)}
    <h3>${texts.streams}</h3>
    ${streams.length === 0 ? html`<p class="soft">${texts.none}</p>` : streamTable(`${report.group}: ${texts.streams}`, streams, now, words)}
    ${
      report.warnings.length > 0 &&
      html`<h3>${texts.warnings}</h3>
        <ul>
          ${warningsOf(report, texts.language).map((warning) => html`<li>${warning}</li>`)}
        </ul>`
    }
  </section>`
}

/** Staged, published, applied, and the old keys retired: what is done, what comes next, and when. */
function way(stations: readonly Station[], { texts, time }: Words): Html | false {
  if (stations.length === 0) return false
  const when = ({ name, progress }: Station, at: string): string => {
    if (progress === 'done') return time(at)
    return name === 'retired' ? texts.notBefore(time(at)) : texts.by(time(at))
  }
  const detail = (station: Station): (string | false)[] => {
    const { name, at, done, total } = station
    return [
      name === 'published' && done !== null && texts.knowIt(done, total),
      name === 'applied' && done !== null && total !== null && texts.onIt(done, total),
      name === 'retired' && total !== null && total > 0 && texts.heldBy(total),
      at !== null && when(station, at),
    ]
  }
  return html`<ol class="way" aria-label="${texts.way}">
    ${stations.map(
      (station) =>
        html`<li class="${station.progress}">
          <strong>${texts.stations[station.name]}</strong> <span>${texts.progress[station.progress]}</span>
          ${detail(station).map((line) => (line === false ? html`` : html`<span>${line}</span>`))}
        </li>`,
    )}
  </ol>`
}

function toneOf(group: GroupReport): string {
  if (!isOk(group)) return 'bad'
  return group.outcome === 'waiting' ? 'wait' : 'good'
}

/** What needs attention. */
function problems(report: GroupReport, { texts }: Words): Html | false {
  const { failed } = report.domains
  const error = errorOf(report, texts.language)
  if (error === undefined && failed.length === 0) return false
  return html`<section class="note bad" aria-label="${texts.needsYou}">
    <strong>${texts.needsYou}</strong>
    ${error !== undefined && html`<p>${error.message}</p>`}
    ${
      failed.length > 0 &&
      html`<ul>
        ${failed
          .slice(0, SHOWN_FAILURES)
          .map(({ domain, message }) => html`<li><code>${domain}</code>: ${message}</li>`)}
      </ul>`
    }
  </section>`
}

function keyRows(keys: readonly KeyView[], now: string, words: Words): Html {
  const { texts } = words
  if (keys.length === 0) return html`<p class="soft">${texts.none}</p>`
  const shown = keys.slice(0, SHOWN_KEYS)
  const axis = new Timeline(
    now,
    shown.flatMap(({ segments }) => segments.flatMap(({ from }) => from ?? [])),
  )
  const meanings = [...new Set(shown.flatMap(({ segments }) => segments.map(({ meaning }) => meaning)))]
  const more = keys.length - shown.length
  return html`${shown.map((key) => keyRow(key, axis, words))}
    <div class="row axisrow" aria-hidden="true">
      <span></span>
      <div class="axis">
        ${axis.marks.map(({ ageMs, at }) => html`<span style="left:${at}%">−${texts.age(ageMs)}</span>`)}
        <span style="left:100%">${texts.now}</span>
      </div>
    </div>
    <div class="legend">
      ${meanings.map((meaning) => html`<span><i class="${meaning}"></i>${texts.meanings[meaning]}</span>`)}
    </div>
    ${more > 0 && html`<p class="soft">${texts.moreKeys(more)}</p>`}`
}

function keyRow({ key, segments }: KeyView, axis: Timeline, { texts, time }: Words): Html {
  const state = key.found === true ? texts.found : texts.states[key.state]
  const told = segments.map(({ meaning, from, until }) =>
    texts.spanText(
      texts.meanings[meaning],
      from === null ? null : time(from),
      until === null ? null : time(until),
    ),
  )
  return html`<div class="row">
    <div><span class="kid">${key.kid}</span> <span class="${stateTone(key)}">${state}</span></div>
    <div class="track" role="img" aria-label="${[key.kid, state, ...told].join('; ')}">
      ${segments.map((segment) => bar(segment, axis))}
    </div>
  </div>`
}

function bar({ meaning, from, until }: Segment, axis: Timeline): Html {
  const left = from === null ? 0 : axis.at(from)
  const width = Math.round((axis.at(until) - left) * 10) / 10
  return html`<i class="${meaning}" style="left:${left}%;width:${width}%"></i>`
}

function stateTone({ state }: KeyReport): string {
  if (state === 'compromised') return 'bad'
  return state === 'current' ? 'good' : 'soft'
}

function domainBar({ domains, kid, keys }: GroupReport, { texts }: Words): Html {
  const { total, confirmed, failed } = domains
  const isRead = kid !== null && keys.some((key) => key.kid === kid && key.domains !== null)
  if (!isRead) return html`<p class="soft">${texts.reading}</p>`
  const text = texts.onKey(confirmed, total, kid)
  const share = total === 0 ? 0 : (confirmed / total) * 100
  return html`<div class="bar" role="img" aria-label="${text}">
      <i style="width:${share.toFixed(1)}%"></i>
    </div>
    <p>${text}${failed.length > 0 && html` · <span class="bad">${texts.failed(failed.length)}</span>`}</p>`
}

function streamTable(label: string, keys: readonly KeyReport[], now: string, { texts }: Words): Html {
  const { columns } = texts
  const rows = keys.map(
    ({ kid, runningStreams, oldestStreamSince, streamDomains = [] }) =>
      html`<tr>
        <td><code>${kid}</code></td>
        <td>${runningStreams ?? texts.unknownStreams}</td>
        <td>
          ${oldestStreamSince === undefined ? '' : texts.age(Date.parse(now) - Date.parse(oldestStreamSince))}
        </td>
        <td class="long">${streamDomains.slice(0, 5).join(', ')}</td>
      </tr>`,
  )
  return table(label, [columns.key, columns.runningStreams, columns.oldestPush, columns.domains], [rows])
}
