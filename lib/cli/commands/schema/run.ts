import type { Result } from '../../io.ts'

/** Prints the JSON Schema of `rotation.yaml`. */
export async function showSchema(): Promise<Result> {
  const { configJsonSchema } = await import('../../../config/json-schema.ts')
  const text = configJsonSchema().trimEnd()
  return { document: JSON.parse(text) as unknown, text, verbatim: true, exitCode: 0 }
}
