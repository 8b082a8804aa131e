import { isObject } from '../../core/objects.ts'

/** An answer as XML, for callers that ask for `Format=XML`: one element per field and list item. */
export function toXml(root: string, fields: Readonly<Record<string, unknown>>): string {
  return `<?xml version='1.0' encoding='UTF-8'?>${element(root, fields)}`
}

function element(name: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => element(name, item)).join('')
  if (isObject(value)) {
    const children = Object.entries(value).map(([child, inner]) => element(child, inner))
    return `<${name}>${children.join('')}</${name}>`
  }
  return `<${name}>${escape(String(value))}</${name}>`
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
