// The one identity of the app. User-assigned, so that its roles are there before the app is, and outlive it.

@description('The name of the identity.')
param name string
@description('The region of all resources.')
param location string
@description('Tags of all resources.')
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: name
  location: location
  tags: tags
}

output id string = identity.id
output clientId string = identity.properties.clientId
output principalId string = identity.properties.principalId
