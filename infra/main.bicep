// Everything the app needs in one resource group (docs/deploy.md). Names are derived from `environmentName`, so that
// a group can be given up and made anew; modules know nothing of each other but what is passed here.
targetScope = 'resourceGroup'

import { bigCommerceSettings, dataverseSettings, flexeSettings, inventorySettings, principal, sapSettings, schedules } from 'modules/types.bicep'

@description('Short name of the environment, such as dev or prod: part of every name.')
@minLength(2)
@maxLength(8)
param environmentName string
@description('The region; Flex Consumption is not in every one: az functionapp list-flexconsumption-locations.')
param location string = resourceGroup().location
@description('Tags of all resources.')
param tags object = {}

@description('3.11 or 3.12: those that azure-functions-durable 1.x and the plan both have.')
@allowed(['3.11', '3.12'])
param pythonVersion string = '3.11'
@description('Memory of an instance in MB; the worker and the optimizer want 2048.')
@allowed([2048, 4096])
param instanceMemoryMB int = 2048
@description('The most instances at a time: a limit of costs, and of calls to the outside systems.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40
@description('Instances that always wait for webhooks and operators. They cost all day; with 0 a caller may wait for a start.')
@minValue(0)
param alwaysReadyHttp int = 0
@description('Standard_ZRS where the loss of a zone must not stop orders.')
@allowed(['Standard_LRS', 'Standard_ZRS'])
param storageSku string = 'Standard_LRS'
@description('Whether a deleted vault can be purged only after 90 days. Never to be turned off again.')
param vaultPurgeProtection bool
@description('How long logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30
@description('The most logs taken in a day, in GB; -1 for no limit. Beyond it no alert of the logs fires.')
param logDailyCapGb int = -1

@description('Who applies the configuration by command: reads and writes the tables, which hold orders.')
param configurators principal[] = []
@description('Who writes the secrets of the outside systems.')
param secretsOfficers principal[]
@description('Who is written to when something is wrong.')
@minLength(1)
param alertEmails string[]
@description('How many failed executions within 15 minutes are too many.')
param alertFailedExecutions int = 5
@description('How many waiting messages, on the average of an hour, are too many.')
param alertWaitingMessages int = 500
@description('After how many hours in one state, on hold too, somebody is told of an order.')
param alertStuckHours int = 72
@description('How many of 100 provider actions may fail or be put off within 15 minutes.')
param alertFailedActionsPercent int = 25
@description('How many minutes a message may lie in its queue.')
param alertMessageAgeMinutes int = 10
@description('How many days an order may wait for stock.')
param alertBackorderDays int = 7
@description('How many events may come too late to count within 15 minutes.')
param alertStaleEvents int = 50
@description('Where the health endpoint is asked from, at least two: ids of availability test locations.')
@minLength(2)
param healthTestLocations string[] = ['emea-nl-ams-azr', 'emea-gb-db3-azr', 'us-va-ash-azr']

@description('Whether storage, vault and Service Bus answer on a network of the app only (private endpoints); Service Bus is Premium then.')
param privateNetwork bool = false
@description('The range of that network, at least a /24; it must not overlap with those it will be peered with.')
param networkAddressPrefix string = '10.60.0.0/24'
@description('IPv4 addresses that may reach storage and vault from outside it: operators, pipelines.')
param allowedIps string[] = []
@description('Whether the Durable Task Scheduler keeps the orchestrations. Only while no order is under way.')
param durableTaskScheduler bool = false

@description('What carries the messages: Storage queues or Service Bus. To be changed only while the queues are empty.')
@allowed(['storage', 'servicebus'])
param transport string = 'storage'
@description('With Service Bus: whether Dataverse writes to a queue of it, with a key that may do nothing else.')
param serviceBusFromDataverse bool = false

@description('The store that orders come from.')
param bigCommerce bigCommerceSettings
@description('The Dataverse environment that dual-write connects to F&O.')
param dataverse dataverseSettings
@description('Flexe; null when no published flow ships by it.')
param flexe flexeSettings?
@description('SAP; null when no published flow accounts in it.')
param sap sapSettings?
@description('Inventory Visibility; null when no published flow finds sources.')
param inventory inventorySettings?
@description('When the timers run: NCRONTAB, UTC.')
param timers schedules = {
  bigCommercePull: '0 */5 * * * *'
  dataverseSweep: '0 */5 * * * *'
  flexeSweep: '0 */5 * * * *'
  sapSweep: '0 */5 * * * *'
  optimizationBatch: '0 * * * * *'
  backorder: '0 */15 * * * *'
  webhookUpkeep: '0 0 * * * *'
  metrics: '0 */5 * * * *'
}
@description('Where outside systems reach the app: appUrl of the first deployment, or the address of your gateway. Empty: webhooks are not looked after.')
param publicUrl string = ''
@description('Further app settings that are no secrets, such as ORDERS__REDELIVERY_ATTEMPTS; strings all.')
param moreSettings object = {}
@description('Further app settings that are secrets: their names; the vault has the values.')
param moreSecrets string[] = []

var token = uniqueString(resourceGroup().id, environmentName)
var prefix = 'orders-${environmentName}'

module identity 'modules/identity.bicep' = {
  name: 'identity'
  params: {
    name: '${prefix}-app'
    location: location
    tags: tags
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  params: {
    name: 'st${token}'
    location: location
    tags: tags
    sku: storageSku
    appPrincipalId: identity.outputs.principalId
    configurators: configurators
    private: privateNetwork
    allowedIps: allowedIps
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  params: {
    name: 'kv-${token}'
    location: location
    tags: tags
    appPrincipalId: identity.outputs.principalId
    secretsOfficers: secretsOfficers
    private: privateNetwork
    allowedIps: allowedIps
    purgeProtection: vaultPurgeProtection
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  params: {
    workspaceName: '${prefix}-logs'
    insightsName: '${prefix}-insights'
    location: location
    tags: tags
    retentionDays: logRetentionDays
    dailyCapGb: logDailyCapGb
    appPrincipalId: identity.outputs.principalId
  }
}

module workbook 'modules/workbook.bicep' = {
  name: 'workbook'
  params: {
    name: '${prefix}-orders'
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  name: 'network'
  params: {
    name: '${prefix}-network'
    location: location
    tags: tags
    addressPrefix: networkAddressPrefix
    storageId: storage.outputs.id
    vaultId: vault.outputs.id
    serviceBusId: transport == 'servicebus' ? serviceBus!.outputs.id : ''
  }
}

module serviceBus 'modules/service-bus.bicep' = if (transport == 'servicebus') {
  name: 'service-bus'
  params: {
    name: '${prefix}-${token}'
    location: location
    tags: tags
    appPrincipalId: identity.outputs.principalId
    appClientId: identity.outputs.clientId
    fromDataverse: serviceBusFromDataverse
    private: privateNetwork
    allowedIps: allowedIps
  }
}

module taskScheduler 'modules/task-scheduler.bicep' = if (durableTaskScheduler) {
  name: 'task-scheduler'
  params: {
    name: '${prefix}-${token}'
    location: location
    tags: tags
    appPrincipalId: identity.outputs.principalId
    appClientId: identity.outputs.clientId
  }
}

module settings 'modules/settings.bicep' = {
  name: 'settings'
  params: {
    bigCommerce: bigCommerce
    dataverse: dataverse
    flexe: flexe
    sap: sap
    inventory: inventory
    timers: timers
    publicUrl: publicUrl
    moreSettings: moreSettings
    moreSecrets: moreSecrets
    vaultUri: vault.outputs.uri
  }
}

module app 'modules/function-app.bicep' = {
  name: 'function-app'
  params: {
    name: '${prefix}-${token}'
    planName: '${prefix}-plan'
    location: location
    tags: tags
    pythonVersion: pythonVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyHttp: alwaysReadyHttp
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    blobUri: storage.outputs.blobUri
    queueUri: storage.outputs.queueUri
    tableUri: storage.outputs.tableUri
    deploymentContainerUri: storage.outputs.deploymentContainerUri
    insightsConnectionString: monitoring.outputs.connectionString
    settings: union(
      settings.outputs.settings,
      durableTaskScheduler ? taskScheduler!.outputs.settings : {},
      transport == 'servicebus' ? serviceBus!.outputs.settings : {}
    )
    subnetId: privateNetwork ? network!.outputs.appSubnetId : ''
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  params: {
    prefix: prefix
    location: location
    tags: tags
    emails: alertEmails
    appUrl: app.outputs.url
    appName: app.outputs.name
    workspaceId: monitoring.outputs.workspaceId
    insightsId: monitoring.outputs.insightsId
    storageId: storage.outputs.id
    serviceBusId: transport == 'servicebus' ? serviceBus!.outputs.id : ''
    failedExecutions: alertFailedExecutions
    waitingMessages: alertWaitingMessages
    stuckHours: alertStuckHours
    failedActionsPercent: alertFailedActionsPercent
    messageAgeMinutes: alertMessageAgeMinutes
    backorderDays: alertBackorderDays
    staleEvents: alertStaleEvents
    healthTestLocations: healthTestLocations
  }
}

output appName string = app.outputs.name
output appUrl string = app.outputs.url
output storageAccountName string = storage.outputs.name
output tableUri string = storage.outputs.tableUri
output serviceBusName string = transport == 'servicebus' ? serviceBus!.outputs.name : ''
output vaultName string = vault.outputs.name
output insightsName string = monitoring.outputs.insightsName
output workspaceId string = monitoring.outputs.workspaceId
