"""cbrctl: trigger Huawei Cloud CBR backups, follow them to their end and say truthfully how they ended."""

__version__ = "0.1.0"
