export type { Author } from './receipt.ts'
export { storeReceipts, type StoreReceiptsOptions } from './store-receipts.ts'
