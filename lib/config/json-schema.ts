import { toJsonSchema } from '@valibot/to-json-schema'
import { fileSchema } from './schema.ts'

/**
 * The JSON Schema of `rotation.yaml`, for editors and other tools. Rules between fields are beyond it. Does no I/O.
 * Apart from the rest of `config/`, so that the function does not carry it.
 *
 * @example
 * ```ts
 * writeFileSync('rotation.schema.json', configJsonSchema())
 * ```
 */
export function configJsonSchema(): string {
  const schema = toJsonSchema(fileSchema, { typeMode: 'input', errorMode: 'ignore' })
  const titled = { $schema: schema.$schema, title: 'rotation.yaml of live-key-rotator', ...schema }
  return `${JSON.stringify(titled, null, 2)}\n`
}
