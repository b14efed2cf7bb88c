#!/usr/bin/env bash
# A backup by Amazon's client: `aws.sh start|follow`, vaults a line on standard input. It has no wait for backups.
set -euo pipefail
while read -r vault; do
    job=$(aws backup start-backup-job --backup-vault-name "$vault" --resource-arn arn:aws:ec2:eu-west-1::volume/vol-1 \
        --iam-role-arn arn:aws:iam::1:role/backup --query BackupJobId --output text)
    [ "$1" != follow ] || until [ "$(aws backup describe-backup-job --backup-job-id "$job" --query State --output text)" = COMPLETED ]; do
        sleep 1
    done
done
