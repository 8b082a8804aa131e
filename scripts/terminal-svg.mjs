// Renders a terminal's screen after a program's output as an SVG without fonts, scripts or network.
const FONT_PX = 14
const LINE_PX = 20
const COLUMN_PX = 8.43
const EDGE_PX = 18
const BAR_PX = 34

/** @type {Readonly<Record<string, string>>} */
const COLOURS = { 31: '#ff8a80', 32: '#5fd39a', 33: '#f0c267', 34: '#7db0ff', 36: '#6fd3e0', 90: '#8793a3' }
const PLAIN = { colour: '#e7ebf1', bold: false, dim: false }

/**
 * @param {string} command what was typed
 * @param {string} written what the program wrote, with its escape sequences
 */
export function terminalSvg(command, written) {
  const prompt = [...`$ ${command}`].map((text, at) => ({
    text,
    style: { ...PLAIN, bold: at > 1, dim: at < 2 },
  }))
  const lines = [prompt, ...screenOf(written)]
  const columns = Math.max(...lines.map((line) => line.length))
  const width = Math.ceil(columns * COLUMN_PX + 2 * EDGE_PX)
  const height = BAR_PX + lines.length * LINE_PX + EDGE_PX
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(command)} in a terminal">
<rect width="100%" height="100%" rx="10" fill="#12161c"/>
<g fill="#3a4452"><circle cx="22" cy="18" r="6"/><circle cx="42" cy="18" r="6"/><circle cx="62" cy="18" r="6"/></g>
<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="${FONT_PX}" xml:space="preserve">
${lines.flatMap((line, row) => textOf(line, BAR_PX + (row + 1) * LINE_PX - 6)).join('\n')}
</g>
</svg>
`
}

/** @typedef {{ readonly colour: string, readonly bold: boolean, readonly dim: boolean }} Style */
/** @typedef {{ readonly text: string, readonly style: Style }} Cell */

/**
 * One element per run of a style, with its length, so that columns line up in any font.
 *
 * @param {readonly Cell[]} line
 * @param {number} y
 */
function textOf(line, y) {
  /** @type {{ column: number, text: string, style: Style }[]} */
  const runs = []
  for (const [column, { text, style }] of line.entries()) {
    const last = runs.at(-1)
    if (last !== undefined && last.style === style) last.text += text
    else runs.push({ column, text, style })
  }
  return runs
    .filter(({ text }) => text.trim() !== '')
    .map(({ column, text, style }) => {
      const lead = text.length - text.trimStart().length
      const shown = text.trim()
      const x = (EDGE_PX + (column + lead) * COLUMN_PX).toFixed(1)
      const length = ([...shown].length * COLUMN_PX).toFixed(1)
      const looks = `fill="${style.colour}"${style.bold ? ' font-weight="700"' : ''}${style.dim ? ' opacity=".65"' : ''}`
      return `<text x="${x}" y="${y}" textLength="${length}" ${looks}>${escaped(shown)}</text>`
    })
}

/**
 * The screen, line by line and cell by cell. Supports the escape sequences that this project's progress output uses.
 *
 * @param {string} written
 */
function screenOf(written) {
  /** @type {Cell[][]} */
  const lines = [[]]
  let row = 0
  let column = 0
  /** @type {Style} */
  let style = PLAIN
  // eslint-disable-next-line no-control-regex -- escape sequences begin with one
  for (const [piece, parameters = '', command] of written.matchAll(/\x1b\[([0-9;?]*)([A-Za-z])|[^]/gu)) {
    const line = (lines[row] ??= [])
    if (command === 'm') style = styled(style, parameters)
    else if (command === 'G') column = Number(parameters || 1) - 1
    else if (command === 'A') row = Math.max(0, row - Number(parameters || 1))
    else if (command === 'K') line.length = Math.min(line.length, column)
    else if (command === 'J') {
      line.length = Math.min(line.length, column)
      lines.length = row + 1
    } else if (command !== undefined) continue
    else if (piece === '\r') column = 0
    else if (piece === '\n') row++
    else {
      while (line.length < column) line.push({ text: ' ', style: PLAIN })
      line[column++] = { text: piece, style }
    }
  }
  const all = Array.from(lines, (line) => line ?? [])
  while (all.at(-1)?.length === 0) all.pop()
  return all
}

/**
 * @param {Style} style
 * @param {string} parameters
 * @returns {Style}
 */
function styled(style, parameters) {
  return parameters.split(';').reduce((now, code) => {
    if (code === '0' || code === '') return PLAIN
    if (code === '1') return { ...now, bold: true }
    if (code === '2') return { ...now, dim: true }
    if (code === '22') return { ...now, bold: false, dim: false }
    if (code === '39') return { ...now, colour: PLAIN.colour }
    return { ...now, colour: COLOURS[code] ?? now.colour }
  }, style)
}

/**
 * Replaces spaces with ones that no viewer collapses.
 *
 * @param {string} text
 */
function escaped(text) {
  return text
    .replaceAll(' ', '\u00a0')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
