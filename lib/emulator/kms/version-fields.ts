import { parsedJson } from '../../core/json.ts'
import type { Params } from '../wire/params.ts'
import type { NewVersion } from '../world/secrets.ts'

/** The version in a CreateSecret or PutSecretValue request. */
export function newVersion(params: Params): NewVersion {
  return {
    versionId: params.required('VersionId'),
    data: params.required('SecretData', true),
    type: params.choice('SecretDataType', ['text', 'binary'], 'text'),
  }
}

/** VersionStages is a string that holds a JSON array. Any other shape counts as none. */
export function stagesOf(text: string | null): string[] | null {
  const stages = parsedJson(text ?? '')
  if (!Array.isArray(stages) || stages.length === 0) return null
  return stages.every((stage) => typeof stage === 'string') ? stages : null
}

export function stageFields(stages: Iterable<string>) {
  return { VersionStages: { VersionStage: [...stages] } }
}
