export type { Author, Receipt } from './receipt.ts'
export { storeReceipts, type StoreReceiptsOptions } from './store-receipts.ts'
