import { toJsonSchema } from '@valibot/to-json-schema'
import { fileSchema } from './schema.ts'

/**
 * The JSON Schema of `rotation.yaml`, for editors and other tools, without rules between fields. Does no I/O. Separate from
 * the rest of `config/`, so that the function's bundle does not include it.
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
