// Option: the Durable Task Scheduler keeps the orchestrations instead of the storage account, by settings alone.
// It starts with an empty hub: switch only while no order is under way.

@description('The name of the scheduler.')
param name string
@description('The region of all resources; the scheduler is not in every one.')
param location string
@description('Tags of all resources.')
param tags object
@description('The principal id of the identity of the app.')
param appPrincipalId string
@description('Its client id.')
param appClientId string

var dataContributor = '0ad04412-c4d5-4796-b79c-f76d14c8d402'
var connectionName = 'DURABLE_TASK_SCHEDULER_CONNECTION_STRING'
var provider = 'AzureFunctionsJobHost__extensions__durableTask__storageProvider'

resource scheduler 'Microsoft.DurableTask/schedulers@2025-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    // It has no keys: who has no role gets nothing, wherever from.
    ipAllowlist: ['0.0.0.0/0']
    sku: {
      name: 'Consumption'
    }
  }
}

// The hub that host.json names.
resource hub 'Microsoft.DurableTask/schedulers/taskHubs@2025-11-01' = {
  parent: scheduler
  name: 'OrderHub'
}

resource ofTheApp 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(hub.id, appPrincipalId, dataContributor)
  scope: hub
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', dataContributor)
  }
}

output settings object = {
  '${connectionName}': 'Endpoint=${scheduler.properties.endpoint};Authentication=ManagedIdentity;ClientID=${appClientId}'
  '${provider}__type': 'azureManaged'
  '${provider}__connectionStringName': connectionName
}
