import { hasCode } from '../../core/errors.ts'
import type { KmsSecret } from './kms-secret.ts'

/** What the versions of a secret say about its keysets. */
export interface Revisions {
  /** 0 when there is none. */
  readonly highest: number
  /** The version that ACSCurrent points to. */
  readonly current: string | null
}

/** Lists the versions of the secret, those without a stage too. A secret that is absent has no revisions. */
export async function readRevisions(secret: KmsSecret): Promise<Revisions> {
  try {
    const versions = await secret.versions()
    const current = versions.find(({ stages }) => stages.includes('ACSCurrent'))
    const revisions = versions.map(({ versionId }) => revisionOf(versionId))
    return { highest: Math.max(0, ...revisions), current: current?.versionId ?? null }
  } catch (error) {
    if (isAbsent(error)) return { highest: 0, current: null }
    throw error
  }
}

/** The version that a revision is stored as. */
export function versionOf(revision: number): string {
  return `keyset-${String(revision).padStart(8, '0')}`
}

/** 0 for a version that is none of ours. */
export function revisionOf(versionId: string): number {
  const digits = /^keyset-(\d{8})$/.exec(versionId)?.[1]
  return digits === undefined ? 0 : Number(digits)
}

/** The secret, or the version, is not there; nothing else that is missing, such as an encryption key, says so. */
export function isAbsent(error: unknown): boolean {
  return hasCode(error, 'notFound') && error.vendorCode === 'Forbidden.ResourceNotFound'
}
