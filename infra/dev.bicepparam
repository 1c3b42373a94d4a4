// The values of the development environment. Those in capitals are yours to find out; each is described in
// modules/types.bicep. A system that no published flow has in it (config/flows.yaml) may be left out: its param goes.
using 'main.bicep'

param environmentName = 'dev'
param tags = {
  application: 'order-orchestrator'
  environment: 'dev'
}

param maximumInstanceCount = 40
param vaultPurgeProtection = false

param configurators = [
  {
    id: readEnvironmentVariable('OPERATOR_ID')
    kind: 'User'
  }
]
param secretsOfficers = [
  {
    id: readEnvironmentVariable('OPERATOR_ID')
    kind: 'User'
  }
]
param alertEmails = [readEnvironmentVariable('ALERT_EMAIL')]

param bigCommerce = {
  baseUrl: 'https://api.bigcommerce.com/stores/STORE-HASH'
  storeHash: 'STORE-HASH'
  webhookHeaderName: 'X-Webhook-Key'
  orderNumberPrefix: 'BC-'
}
param dataverse = {
  baseUrl: 'https://ENVIRONMENT.crm.dynamics.com'
  tenantId: 'TENANT-ID'
  clientId: 'CLIENT-ID'
}
param flexe = {
  baseUrl: 'https://FLEXE-API'
  ownerId: 'OWNER-ID'
  webhookName: 'orders-dev'
}
param sap = {
  baseUrl: 'https://SYSTEM-api.s4hana.ondemand.com'
  sapClient: ''
  user: 'COMMUNICATION-USER'
}
param inventory = {
  baseUrl: 'https://inventoryservice.REGION.gateway.prod.island.powerapps.com'
  tenantId: 'TENANT-ID'
  clientId: 'CLIENT-ID'
  environmentId: 'ENVIRONMENT-ID'
}
