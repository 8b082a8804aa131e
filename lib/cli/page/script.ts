/**
 * Fetches changes every second and a half and counts down in between. If a fetch fails, the last state stays. Keeps
 * focus and scroll positions, waits while text is being selected, and announces changes of an emergency to screen
 * readers.
 */
export const LIVE_SCRIPT = `
const main = document.getElementById('main')
const said = document.getElementById('said')
let shown = ''
function tick() {
  for (const span of main.querySelectorAll('[data-until]')) {
    const left = Math.max(0, Math.round((Date.parse(span.dataset.until) - Date.now()) / 1000))
    span.textContent = '(' + span.dataset.words.replace('{}', left) + ')'
  }
}
function regions() {
  return new Map([...main.querySelectorAll('[tabindex]')].map((one) => [one.getAttribute('aria-label'), one]))
}
function show(text) {
  const before = regions()
  const focused = document.activeElement
  main.innerHTML = text
  const after = regions()
  for (const [name, old] of before) {
    const now = after.get(name)
    if (now === undefined) continue
    if (old === focused) now.focus({ preventScroll: true })
    now.scrollLeft = old.dataset.left ?? 0
    now.dataset.left = now.scrollLeft
  }
  tick()
  const verdict = [...main.querySelectorAll('.alarm h2, .big')].map((one) => one.textContent).join('. ')
  if (said.textContent !== verdict) said.textContent = verdict
}
async function refresh() {
  try {
    const response = await fetch('/main', { cache: 'no-store' })
    const text = await response.text()
    if (response.ok && text !== shown && getSelection().isCollapsed) {
      shown = text
      show(text)
    }
  } catch {}
  setTimeout(refresh, 1500)
}
main.addEventListener('scroll', ({ target }) => { target.dataset.left = target.scrollLeft }, true)
setInterval(tick, 1000)
tick()
refresh()
`
