// What a reader decides, by outside system. Secrets are not among it: they go into the vault (docs/deploy.md).

@export()
@description('The BigCommerce store that orders come from.')
type bigCommerceSettings = {
  @description('https://api.bigcommerce.com/stores/ and the store hash.')
  baseUrl: string
  @description('The store hash: what follows stores/ in the API path of the store.')
  storeHash: string
  @description('The header that your hooks carry its secret in, as in X-Webhook-Key.')
  webhookHeaderName: string
  @description('Put before order numbers, so that stores stay apart in F&O; at most 8 characters.')
  orderNumberPrefix: string
}

@export()
@description('The Dataverse environment that dual-write connects to F&O.')
type dataverseSettings = {
  @description('The environment, such as https://contoso.crm4.dynamics.com.')
  baseUrl: string
  @description('The Entra tenant of the environment: a GUID.')
  tenantId: string
  @description('The application (client) id of the app registration that is an application user there.')
  clientId: string
}

@export()
@description('Only when a published flow ships by Flexe.')
type flexeSettings = {
  @description('The address of the API; that of the sandbox differs.')
  baseUrl: string
  @description('The owner id of your account at Flexe.')
  ownerId: string
  @description('The name of the webhook as registered at Flexe.')
  webhookName: string
}

@export()
@description('Only when a published flow accounts in SAP.')
type sapSettings = {
  @description('The S/4HANA system, such as https://my000001-api.s4hana.ondemand.com.')
  baseUrl: string
  @description('On-premise: the client to work in, such as 100; empty in the cloud.')
  sapClient: string
  @description('The communication user; its password is a secret.')
  user: string
}

@export()
@description('Only when a published flow finds the sources of its orders: Inventory Visibility of Dynamics 365.')
type inventorySettings = {
  @description('The service of your region, such as https://inventoryservice.us-il101.gateway.prod.island.powerapps.com.')
  baseUrl: string
  @description('The Entra tenant of the application: a GUID.')
  tenantId: string
  @description('The application (client) id that has access to the environment.')
  clientId: string
  @description('The id of the environment, from Lifecycle Services.')
  environmentId: string
}

@export()
@description('When the timers run: NCRONTAB with six fields, in UTC.')
type schedules = {
  bigCommercePull: string
  dataverseSweep: string
  flexeSweep: string
  sapSweep: string
  optimizationBatch: string
  backorder: string
  webhookUpkeep: string
  @description('When orders are counted for the metrics: a storage call for each open order.')
  metrics: string
}

@export()
@description('Somebody of your Entra tenant.')
type principal = {
  @description('The object id, as "az ad signed-in-user show --query id" or "az ad group show" tells.')
  id: string
  kind: 'User' | 'Group' | 'ServicePrincipal'
}
