import type { Point } from './scale.ts'

const SIZE = { width: 720, height: 360, left: 60, right: 230, top: 30, bottom: 50 }
const LINES: readonly {
  readonly name: string
  readonly colour: string
  readonly of: (point: Point) => number
}[] = [
  { name: 'simulated time, s', colour: '#0969da', of: ({ seconds }) => seconds },
  { name: 'processor time, s', colour: '#bf3989', of: ({ processorSeconds }) => processorSeconds },
  { name: 'memory, MB', colour: '#1a7f37', of: ({ memoryMB }) => memoryMB },
  { name: 'document, KB', colour: '#9a6700', of: ({ documentBytes }) => documentBytes / 1_000 },
]
const LEAST = 0.01

/** The points on two logarithmic axes: linear growth is parallel to the dashed line. */
export function plot(points: readonly Point[]): string {
  const largest = Math.max(...points.flatMap((point) => LINES.map(({ of }) => of(point))), 1)
  const [xs, ys] = [decades(points[0]?.domains ?? 1, points.at(-1)?.domains ?? 10), decades(LEAST, largest)]
  const [x, y] = [axis(xs, SIZE.left, SIZE.width - SIZE.right), axis(ys, SIZE.height - SIZE.bottom, SIZE.top)]
  const text = (at: [number, number], what: string, extra = ''): string =>
    `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}" ${extra}>${what}</text>`
  const line = (from: [number, number], to: [number, number], extra: string): string =>
    `<line x1="${from[0].toFixed(1)}" y1="${from[1].toFixed(1)}" x2="${to[0].toFixed(1)}" y2="${to[1].toFixed(1)}" ${extra}/>`
  const [firstX, lastX] = [xs[0] ?? 1, xs.at(-1) ?? 10]
  const grid = 'stroke="#8c959f" stroke-opacity="0.3"'
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" font-family="system-ui, sans-serif" font-size="12" fill="#57606a" role="img" aria-label="Time, memory and document by number of domains">`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    ...ys.map((value) => line([x(firstX), y(value)], [x(lastX), y(value)], grid)),
    ...ys.map((value) => text([SIZE.left - 8, y(value) + 4], short(value), 'text-anchor="end"')),
    ...xs.map((value) =>
      text([x(value), SIZE.height - SIZE.bottom + 20], short(value), 'text-anchor="middle"'),
    ),
    text([(x(firstX) + x(lastX)) / 2, SIZE.height - 8], 'domains', 'text-anchor="middle"'),
    // Linear growth rises one decade per decade.
    line([x(firstX), y(1)], [x(lastX), y(lastX / firstX)], 'stroke="#8c959f" stroke-dasharray="4 4"'),
    text([SIZE.width - SIZE.right + 10, y(lastX / firstX) + 14], 'linear', 'fill="#8c959f"'),
    ...LINES.flatMap(({ name, colour, of }) => {
      const at = points.map((point): [number, number] => [x(point.domains), y(Math.max(LEAST, of(point)))])
      const path = at.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(' ')
      const end = at.at(-1) ?? [0, 0]
      return [
        `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
        ...at.map(
          ([px, py]) => `<circle cx="${px.toFixed(1)}" cy="${py.toFixed(1)}" r="3" fill="${colour}"/>`,
        ),
        text([end[0] + 10, end[1] + 4], name, `fill="${colour}"`),
      ]
    }),
    '</svg>',
    '',
  ].join('\n')
}

/** The powers of ten that span `least` to `most`. */
function decades(least: number, most: number): number[] {
  const from = Math.floor(Math.log10(least) + 1e-9)
  const to = Math.ceil(Math.log10(most) - 1e-9)
  return Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index))
}

function axis(values: readonly number[], from: number, to: number): (value: number) => number {
  const [first, last] = [Math.log10(values[0] ?? 1), Math.log10(values.at(-1) ?? 10)]
  return (value) => from + ((Math.log10(value) - first) / (last - first)) * (to - from)
}

function short(value: number): string {
  return value >= 1_000 ? `${value / 1_000}k` : String(Number(value.toPrecision(1)))
}
