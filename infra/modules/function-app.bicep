// The app on a Flex Consumption plan. Its code is published afterwards (docs/deploy.md).

@description('The name of the app, unique in Azure: https://NAME.azurewebsites.net.')
param name string
@description('The name of its plan.')
param planName string
@description('The region of all resources.')
param location string
@description('Tags of all resources.')
param tags object
@description('3.11 or 3.12.')
param pythonVersion string
@description('Memory of an instance, in MB.')
param instanceMemoryMB int
@description('The most instances at a time.')
param maximumInstanceCount int
@description('Instances that always wait for webhooks and operators; 0: the first call after a pause is slow.')
param alwaysReadyHttp int
@description('The resource id of the identity of the app.')
param identityId string
@description('Its client id.')
param identityClientId string
@description('The services of the storage account, by its outputs.')
param blobUri string
param queueUri string
param tableUri string
@description('The address of the container with the published code.')
param deploymentContainerUri string
@description('The connection string of Application Insights.')
param insightsConnectionString string
@description('The settings of settings.bicep, and those of options.')
param settings object
@description('The subnet that the app goes out by; empty: none.')
param subnetId string

// No FUNCTIONS_WORKER_RUNTIME here: on this plan the runtime is part of functionAppConfig.
var hostSettings = {
  AzureWebJobsStorage__blobServiceUri: blobUri
  AzureWebJobsStorage__queueServiceUri: queueUri
  AzureWebJobsStorage__tableServiceUri: tableUri
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  // The app exports its telemetry itself: the host need not send on what it logs.
  PYTHON_ENABLE_OPENTELEMETRY: 'true'
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    tier: 'FlexConsumption'
    name: 'FC1'
  }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      minTlsVersion: '1.2'
      appSettings: [for setting in items(union(hostSettings, settings)): {
        name: setting.key
        value: setting.value
      }]
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: deploymentContainerUri
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReadyHttp == 0 ? [] : [
          {
            name: 'http'
            instanceCount: alwaysReadyHttp
          }
        ]
      }
      runtime: {
        name: 'python'
        version: pythonVersion
      }
    }
  }

  // Code is published by people and pipelines as who they are, never with the publishing password.
  resource scmPassword 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: {
      allow: false
    }
  }

  resource ftpPassword 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: {
      allow: false
    }
  }
}

output name string = app.name
output url string = 'https://${app.properties.defaultHostName}'
