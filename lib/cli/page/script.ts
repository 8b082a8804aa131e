/**
 * Fetches what changed every second and a half, and counts down in between. A look that fails leaves the last one standing. What has
 * the focus, or is scrolled, stays as it is.
 */
export const LIVE_SCRIPT = `
const main = document.getElementById('main')
function tick() {
  for (const span of main.querySelectorAll('[data-until]')) {
    const left = Math.max(0, Math.round((Date.parse(span.dataset.until) - Date.now()) / 1000))
    span.textContent = '(' + span.dataset.words.replace('{}', left) + ')'
  }
}
async function refresh() {
  try {
    const response = await fetch('/main', { cache: 'no-store' })
    const text = await response.text()
    if (response.ok && text !== main.dataset.shown && !main.contains(document.activeElement)) {
      main.dataset.shown = text
      main.innerHTML = text
      tick()
    }
  } catch {}
  setTimeout(refresh, 1500)
}
setInterval(tick, 1000)
tick()
refresh()
`
