import { html, type Html } from './html.ts'
import type { Words } from './page-options.ts'
import { table } from './table.ts'
import type { ReceiverView } from './view.ts'

/** Each receiver with its instances under it; its URL may be long, so it has its own row. */
export function receiverTable(label: string, receivers: readonly ReceiverView[], words: Words): Html {
  const { columns } = words.texts
  // The column appears only if an instance still trusts a leaked key.
  const anyTrusts = receivers.some(({ instances }) => instances.some(({ trusts }) => trusts))
  return table(
    label,
    [columns.instance, columns.revision, columns.seen, ...(anyTrusts ? [columns.verdict] : [])],
    receivers.map((receiver) => [receiverRow(receiver, words), ...instanceRows(receiver, anyTrusts, words)]),
  )
}

function receiverRow({ url, accepted, instances, expected }: ReceiverView, { texts }: Words): Html {
  const evidence =
    instances.length === 0 ? texts.noInstances : texts.instancesSeen(instances.length, expected)
  return html`<tr>
    <th scope="rowgroup" colspan="4" class="long">
      ${url}
      <span class="soft">· ${evidence} ·</span>
      <span class="${accepted ? 'good' : 'bad'}">${accepted ? texts.accepts : texts.refuses}</span>
    </th>
  </tr>`
}

function instanceRows({ instances }: ReceiverView, anyTrusts: boolean, { texts, time }: Words): Html[] {
  return instances.map(
    ({ id, revision, seenAt, trusts }) =>
      html`<tr>
        <td><code>${id}</code></td>
        <td>${revision}</td>
        <td>${time(seenAt)}</td>
        ${anyTrusts && html`<td>${trusts && html`<strong class="bad">${texts.trusts}</strong>`}</td>`}
      </tr>`,
  )
}
