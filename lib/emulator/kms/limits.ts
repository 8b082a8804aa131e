/** Calls per second and account for one group of operations. */
export interface KmsLimits {
  /** GetSecretValue and DescribeSecret together. */
  readonly query: number
  /** PutSecretValue, ListSecretVersionIds and UpdateSecretVersionStage together. */
  readonly lowFrequency: number
  /** CreateSecret, DeleteSecret and RestoreSecret together. */
  readonly createDelete: number
}

/** As on KMS's page of performance data. */
export const DOCUMENTED_KMS_LIMITS: KmsLimits = { query: 450, lowFrequency: 40, createDelete: 10 }
