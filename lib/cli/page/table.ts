import { html, type Html } from './html.ts'

/**
 * A table that scrolls by itself if it is too wide, also by keyboard.
 *
 * @param bodies - Its rows, grouped into table bodies.
 */
export function table(label: string, columns: readonly string[], bodies: readonly (readonly Html[])[]): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
    <table>
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col">${column}</th>`)}
        </tr>
      </thead>
      ${bodies.map(
        (rows) =>
          html`<tbody>
            ${rows}
          </tbody>`,
      )}
    </table>
  </div>`
}
