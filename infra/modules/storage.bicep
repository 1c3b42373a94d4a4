// The order book, the queues, the task hub and the deployed code. Keys are off: whoever comes here has a role.
import { principal } from 'types.bicep'

@description('The name of the account: 3 to 24 lower-case letters and digits, unique in Azure.')
param name string
@description('The region of all resources.')
param location string
@description('Tags of all resources.')
param tags object
@description('Standard_LRS, or Standard_ZRS where a zone may be lost.')
param sku string
@description('The principal id of the identity of the app.')
param appPrincipalId string
@description('Who may apply the configuration with commands.')
param configurators principal[]
@description('Whether the account answers on the network of the app only.')
param private bool
@description('IPv4 addresses that may come from outside when it is private: operators, pipelines.')
param allowedIps string[]

// As shared/store/tables.py and shared/messaging/names.py have them; a test compares. The host adds its own: the task
// hub (OrderHub...), azure-webjobs-* containers.
var tables = [
  'Orders'
  'OrderIndex'
  'Errors'
  'Checkpoints'
  'Plans'
  'HeldLines'
  'OptimizationQueue'
  'DeadLetters'
  'Configuration'
  'JobRuns'
]
var queues = [
  'order-intake'
  'dataverse-changes'
  'provider-actions-bigcommerce'
  'provider-actions-finops'
  'provider-actions-flexe'
  'provider-actions-sap'
  'provider-actions-optimization'
  'provider-events-flexe'
  'provider-events-sap'
]
var poisonQueues = map(queues, queue => '${queue}-poison')
var deploymentContainer = 'deployments'

var roles = {
  // The host writes leases, keys and its task hub, and reads the package; the account holds no other blobs.
  blobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  queueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  tableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
}
var appRoles = [
  roles.blobDataOwner
  roles.queueDataContributor
  roles.tableDataContributor
]

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: sku
  }
  properties: {
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: private && empty(allowedIps) ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'None'
      defaultAction: private ? 'Deny' : 'Allow'
      ipRules: [for ip in (private ? allowedIps : []): {
        value: ip
        action: 'Allow'
      }]
    }
  }
}

resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: account
  name: 'default'
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobService
  name: deploymentContainer
}

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2023-05-01' = {
  parent: account
  name: 'default'
}

resource eachTable 'Microsoft.Storage/storageAccounts/tableServices/tables@2023-05-01' = [for table in tables: {
  parent: tableService
  name: table
}]

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2023-05-01' = {
  parent: account
  name: 'default'
}

resource eachQueue 'Microsoft.Storage/storageAccounts/queueServices/queues@2023-05-01' = [for queue in concat(queues, poisonQueues): {
  parent: queueService
  name: queue
}]

resource ofTheApp 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in appRoles: {
  name: guid(account.id, appPrincipalId, role)
  scope: account
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
  }
}]

resource ofConfigurators 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for who in configurators: {
  name: guid(account.id, who.id, roles.tableDataContributor)
  scope: account
  properties: {
    principalId: who.id
    principalType: who.kind
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.tableDataContributor)
  }
}]

output id string = account.id
output name string = account.name
output blobUri string = account.properties.primaryEndpoints.blob
output queueUri string = account.properties.primaryEndpoints.queue
output tableUri string = account.properties.primaryEndpoints.table
output deploymentContainerUri string = '${account.properties.primaryEndpoints.blob}${deploymentContainer}'
