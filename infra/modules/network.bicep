// Option: storage, vault and Service Bus answer on a network of their own, which the app goes out by. The app itself stays open to
// the internet: webhooks come from there.

@description('The name of the network; other names begin with it.')
param name string
@description('The region of all resources.')
param location string
@description('Tags of all resources.')
param tags object
@description('The range of the network, at least a /24.')
param addressPrefix string
@description('The resource id of the storage account.')
param storageId string
@description('The resource id of the vault.')
param vaultId string
@description('The resource id of the Service Bus namespace; empty: none.')
param serviceBusId string

var zones = {
  blob: 'privatelink.blob.${environment().suffixes.storage}'
  queue: 'privatelink.queue.${environment().suffixes.storage}'
  table: 'privatelink.table.${environment().suffixes.storage}'
  // The suffix begins with a dot, and its private zone has another word in it (vault for vaultcore).
  vault: 'privatelink${replace(environment().suffixes.keyvaultDns, '.vault.', '.vaultcore.')}'
}
var zoneOfServiceBus = empty(serviceBusId) ? {} : {
  namespace: 'privatelink.servicebus.windows.net'
}
var targets = {
  vault: vaultId
  namespace: serviceBusId
}
var endpoints = [for each in items(union(zones, zoneOfServiceBus)): {
  service: each.key
  zone: each.value
  target: targets[?each.key] ?? storageId
}]

resource network 'Microsoft.Network/virtualNetworks@2023-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [addressPrefix]
    }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 0)
          delegations: [
            {
              name: 'flex'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 1)
        }
      }
    ]
  }
}

resource zone 'Microsoft.Network/privateDnsZones@2020-06-01' = [for each in endpoints: {
  name: each.zone
  location: 'global'
  tags: tags
}]

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01' = [for (each, i) in endpoints: {
  parent: zone[i]
  name: name
  location: 'global'
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: network.id
    }
  }
}]

resource endpoint 'Microsoft.Network/privateEndpoints@2023-11-01' = [for each in endpoints: {
  name: '${name}-${each.service}'
  location: location
  tags: tags
  properties: {
    subnet: {
      id: '${network.id}/subnets/endpoints'
    }
    privateLinkServiceConnections: [
      {
        name: each.service
        properties: {
          privateLinkServiceId: each.target
          groupIds: [each.service]
        }
      }
    ]
  }
}]

resource addresses 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2023-11-01' = [for (each, i) in endpoints: {
  parent: endpoint[i]
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [
      {
        name: each.service
        properties: {
          privateDnsZoneId: zone[i].id
        }
      }
    ]
  }
}]

output appSubnetId string = '${network.id}/subnets/app'
