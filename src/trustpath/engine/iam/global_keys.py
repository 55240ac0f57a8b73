"""The global condition keys and their types.

Source: the IAM User Guide's page on global condition context keys. A name that ends in ``/`` takes a tag key
after it.
"""

_NAMES = {
    "String": """aws:AssumedRoot aws:Ec2InstanceSourcePrivateIPv4 aws:Ec2InstanceSourceVpc
        aws:FederatedProvider aws:PrincipalAccount aws:PrincipalOrgID aws:PrincipalOrgMasterAccountId
        aws:PrincipalServiceName aws:PrincipalType aws:referer aws:RequestedRegion aws:ResourceAccount
        aws:ResourceOrgID aws:SourceAccount aws:SourceIdentity aws:SourceOrgID aws:SourceOwner aws:SourceVpc
        aws:SourceVpce aws:UserAgent aws:userid aws:username
        aws:VpceAccount aws:VpceOrgID aws:CalledViaFirst aws:CalledViaLast aws:PrincipalTag/
        aws:RequestTag/ aws:ResourceTag/""",
    "ARN": "aws:PrincipalArn aws:SourceArn aws:SourceVpcArn aws:ChatbotSourceArn aws:SignInSessionArn",
    "Bool": """aws:IsMcpServiceAction aws:MultiFactorAuthPresent aws:PrincipalIsAWSService aws:SecureTransport
        aws:ViaAWSService aws:ViaAWSMCPService""",
    "Numeric": "aws:MultiFactorAuthAge",
    "Date": "aws:CurrentTime aws:EpochTime aws:TokenIssueTime",
    "IPAddress": "aws:SourceIp aws:VpcSourceIp",
    "ArrayOfString": """aws:CalledVia aws:PrincipalOrgPaths aws:PrincipalServiceNamesList aws:ResourceOrgPaths
        aws:SourceOrgPaths aws:VpceOrgPaths aws:TagKeys""",
}

GLOBAL_KEYS: dict[str, tuple[str, str]] = {
    name.lower(): (name, kind) for kind, names in _NAMES.items() for name in names.split()
}
"""Name in lower case → the name as AWS writes it, and its type."""
