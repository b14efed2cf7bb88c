"""A backup by the vendor's SDK, as its documents show it: `sdk.py start|follow|check`, vaults a line on standard input."""

import os
import sys
import time

from huaweicloudsdkcbr.v1 import (
    CbrClient,
    CreateCheckpointRequest,
    ListBackupsRequest,
    ShowCheckpointRequest,
    VaultBackup,
    VaultBackupReq,
)
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.http.http_config import HttpConfig

config = HttpConfig.get_default_config()
config.ssl_ca_cert = os.environ.get("CA")
keys = BasicCredentials(os.environ["AK"], os.environ["SK"], os.environ["PROJECT"])
client = (
    CbrClient.new_builder().with_http_config(config).with_credentials(keys).with_endpoint(os.environ["URL"]).build()
)
vaults = sys.stdin.read().split()
if sys.argv[1] == "check":
    for vault in vaults:
        copies = client.list_backups(ListBackupsRequest(vault_id=vault)).backups
        print(vault, max(copy.created_at for copy in copies if copy.status == "available"))
    sys.exit()
started = []
for vault in vaults:
    body = VaultBackupReq(checkpoint=VaultBackup(vault_id=vault))
    started.append(client.create_checkpoint(CreateCheckpointRequest(body=body)).checkpoint.id)
for checkpoint in started if sys.argv[1] == "follow" else ():
    while (
        now := client.show_checkpoint(ShowCheckpointRequest(checkpoint_id=checkpoint)).checkpoint
    ).status == "protecting":
        time.sleep(1)
    print(checkpoint, now.status)
print(*started, sep="\n")
