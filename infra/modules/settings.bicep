// The app settings, by name: what shared/settings.py reads (a test compares), and what the host wants to know.
import { bigCommerceSettings, dataverseSettings, flexeSettings, inventorySettings, sapSettings, schedules } from 'types.bicep'

@description('The store.')
param bigCommerce bigCommerceSettings
@description('The Dataverse environment.')
param dataverse dataverseSettings
@description('Flexe, if it is used.')
param flexe flexeSettings?
@description('SAP, if it is used.')
param sap sapSettings?
@description('Inventory Visibility, if it is used.')
param inventory inventorySettings?
@description('When the timers run.')
param timers schedules
@description('Where outside systems reach the app; empty where that is not known yet.')
param publicUrl string
@description('Further settings that are no secrets: their names and values.')
param moreSettings object
@description('The names of further settings that are secrets in the vault.')
param moreSecrets string[]
@description('The address of the vault, with a slash at its end.')
param vaultUri string

var loginUri = environment().authentication.loginEndpoint

var secretNames = concat(
  [
    'ORDERS__BIGCOMMERCE__ACCESS_TOKEN'
    'ORDERS__BIGCOMMERCE__WEBHOOK_CLIENT_SECRET'
    'ORDERS__BIGCOMMERCE__WEBHOOK_HEADER_SECRET'
    'ORDERS__DATAVERSE__CLIENT_SECRET'
    'ORDERS__DATAVERSE__WEBHOOK_KEY'
  ],
  flexe == null ? [] : ['ORDERS__FLEXE__API_TOKEN', 'ORDERS__FLEXE__WEBHOOK_SECRET'],
  sap == null ? [] : ['ORDERS__SAP__WEBHOOK_SECRET'],
  // Without a user SAP is signed in to by OAuth, with settings that are given as further ones.
  empty(sap.?user ?? '') ? [] : ['ORDERS__SAP__PASSWORD'],
  inventory == null ? [] : ['ORDERS__INVENTORY__CLIENT_SECRET'],
  moreSecrets
)
// A secret has the name of its setting, in the letters that a vault takes: orders--bigcommerce--access-token. Without a
// version, so that a new one counts within a day, or at the next restart.
var secrets = toObject(
  secretNames,
  name => name,
  name => '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/${toLower(replace(name, '_', '-'))})'
)

var needed = {
  PYTHON_THREADPOOL_THREAD_COUNT: '32'
  BIGCOMMERCE_PULL_SCHEDULE: timers.bigCommercePull
  DATAVERSE_SWEEP_SCHEDULE: timers.dataverseSweep
  FLEXE_SWEEP_SCHEDULE: timers.flexeSweep
  SAP_SWEEP_SCHEDULE: timers.sapSweep
  OPTIMIZATION_BATCH_SCHEDULE: timers.optimizationBatch
  BACKORDER_SCHEDULE: timers.backorder
  WEBHOOK_UPKEEP_SCHEDULE: timers.webhookUpkeep
  METRICS_SCHEDULE: timers.metrics
  ORDERS__PUBLIC_URL: publicUrl
  ORDERS__BIGCOMMERCE__BASE_URL: bigCommerce.baseUrl
  ORDERS__BIGCOMMERCE__STORE_HASH: bigCommerce.storeHash
  ORDERS__BIGCOMMERCE__WEBHOOK_HEADER_NAME: bigCommerce.webhookHeaderName
  ORDERS__BIGCOMMERCE__ORDER_NUMBER_PREFIX: bigCommerce.orderNumberPrefix
  ORDERS__DATAVERSE__BASE_URL: dataverse.baseUrl
  ORDERS__DATAVERSE__TOKEN_URL: '${loginUri}${dataverse.tenantId}/oauth2/v2.0/token'
  ORDERS__DATAVERSE__CLIENT_ID: dataverse.clientId
}
var ofFlexe = flexe == null ? {} : {
  ORDERS__FLEXE__BASE_URL: flexe!.baseUrl
  ORDERS__FLEXE__OWNER_ID: flexe!.ownerId
  ORDERS__FLEXE__WEBHOOK_NAME: flexe!.webhookName
}
var ofSap = sap == null ? {} : {
  ORDERS__SAP__BASE_URL: sap!.baseUrl
  ORDERS__SAP__SAP_CLIENT: sap!.sapClient
  ORDERS__SAP__USER: sap!.user
}
var ofInventory = inventory == null ? {} : {
  ORDERS__INVENTORY__BASE_URL: inventory!.baseUrl
  ORDERS__INVENTORY__TOKEN_URL: '${loginUri}${inventory!.tenantId}/oauth2/v2.0/token'
  ORDERS__INVENTORY__CLIENT_ID: inventory!.clientId
  ORDERS__INVENTORY__ENVIRONMENT_ID: inventory!.environmentId
}

output settings object = union(needed, ofFlexe, ofSap, ofInventory, secrets, moreSettings)
