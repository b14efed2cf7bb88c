"""What each part of a set of credentials is called among the variables of cbrctl, the vendor, Terraform and OpenStack."""

PARTS = (
    "token", "token_file", "username", "user_id", "password", "password_file", "passcode", "access_key", "secret_key",
    "secret_key_file", "security_token", "agency_name", "credential_source",
)  # fmt: skip
"""Each of these makes a place the one that is used; an account alone does not, it is in many environments."""

ALL = (*PARTS, "domain_name", "domain_id", "agency_domain_name", "iam_endpoint")
NAMES = (
    "username", "user_id", "passcode", "domain_name", "domain_id", "access_key", "agency_name", "agency_domain_name",
    "project_id",
)  # fmt: skip
"""Parts that are names or ids."""
OURS = "CBRCTL_*"
OWN = {part: (f"CBRCTL_{part.upper()}",) for part in ALL}
"""Our own variables for each part of a set."""
SDK = {
    "access_key": ("HUAWEICLOUD_SDK_AK",),
    "secret_key": ("HUAWEICLOUD_SDK_SK",),
    "security_token": ("HUAWEICLOUD_SDK_SECURITY_TOKEN",),
    "iam_endpoint": ("HUAWEICLOUD_SDK_IAM_ENDPOINT",),
}
HW = {
    "token": ("HW_AUTH_TOKEN",),
    "username": ("HW_USER_NAME",),
    "user_id": ("HW_USER_ID",),
    "password": ("HW_USER_PASSWORD",),
    "domain_name": ("HW_DOMAIN_NAME",),
    "domain_id": ("HW_DOMAIN_ID",),
    "access_key": ("HW_ACCESS_KEY",),
    "secret_key": ("HW_SECRET_KEY",),
    "security_token": ("HW_SECURITY_TOKEN",),
    "agency_name": ("HW_ASSUME_ROLE_AGENCY_NAME",),
    "agency_domain_name": ("HW_ASSUME_ROLE_DOMAIN_NAME",),
    "iam_endpoint": ("HW_AUTH_URL",),
}
OS = {
    "token": ("OS_AUTH_TOKEN", "OS_TOKEN"),
    "username": ("OS_USERNAME",),
    "user_id": ("OS_USER_ID",),
    "password": ("OS_PASSWORD",),
    "passcode": ("OS_PASSCODE",),
    "domain_name": ("OS_USER_DOMAIN_NAME", "OS_DOMAIN_NAME"),
    "domain_id": ("OS_USER_DOMAIN_ID",),
    "access_key": ("OS_ACCESS_KEY",),
    "secret_key": ("OS_SECRET_KEY",),
    "security_token": ("OS_SECURITY_TOKEN",),
    "agency_name": ("OS_AGENCY_NAME",),
    "agency_domain_name": ("OS_AGENCY_DOMAIN_NAME",),
    "iam_endpoint": ("OS_AUTH_URL",),
}


AUTH_TYPES = ("password", "v3password", "token", "v3token", "totp", "v3totp")
"""What OS_AUTH_TYPE may be (contract)."""
BY_CODE = ("totp", "v3totp")
"""Those that a one-time code is enough for."""
