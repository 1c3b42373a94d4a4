// The secrets of the outside systems. The app reads them through Key Vault references, people write them.
import { principal } from 'types.bicep'

@description('The name of the vault: 3 to 24 letters, digits and hyphens, unique in Azure.')
param name string
@description('The region of all resources.')
param location string
@description('Tags of all resources.')
param tags object
@description('The principal id of the identity of the app.')
param appPrincipalId string
@description('Who may write secrets.')
param secretsOfficers principal[]
@description('Whether the vault answers on the network of the app only.')
param private bool
@description('IPv4 addresses that may come from outside when it is private.')
param allowedIps string[]
@description('Whether a deleted vault is kept for 90 days, whatever anybody wants. Never to be turned off again.')
param purgeProtection bool

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'
var secretsOfficer = 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    // null leaves it off: the vault refuses false.
    enablePurgeProtection: purgeProtection ? true : null
    publicNetworkAccess: private && empty(allowedIps) ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'None'
      defaultAction: private ? 'Deny' : 'Allow'
      ipRules: [for ip in (private ? allowedIps : []): {
        value: ip
      }]
    }
  }
}

resource ofTheApp 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, appPrincipalId, secretsUser)
  scope: vault
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
  }
}

resource ofOfficers 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for who in secretsOfficers: {
  name: guid(vault.id, who.id, secretsOfficer)
  scope: vault
  properties: {
    principalId: who.id
    principalType: who.kind
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsOfficer)
  }
}]

output id string = vault.id
output name string = vault.name
output uri string = vault.properties.vaultUri
