"""Settings, credentials, the keyring, and what doctor finds."""

from cbrctl.messages.catalogue.message import TRY_AGAIN, Message

_IN_A_FILE = "cbrctl config set password_file FILE, CBRCTL_PASSWORD_FILE or CBRCTL_SECRET_KEY_FILE."

MESSAGES: dict[str, Message] = {
    # settings
    "no-region": Message(
        "The region is not known.", "",
        "cbrctl config init asks for what is needed; or give --region REGION, or set CBRCTL_REGION.",
    ),
    "no-region-given": Message("Without a region cbrctl knows no address of CBR.", "", "Ctrl-C ends it; nothing is written."),
    "bad-region": Message("{region} is not the name of a region.", "", "A region looks like cn-north-4."),
    "bad-region-near": Message("{region} is not the name of a region.", "Did you mean {near}?", "Write it so."),
    "region-not-known": Message("{region} is no region that cbrctl knows.", "", "It was set all the same: there may be more."),
    "region-not-known-near": Message(
        "{region} is no region that cbrctl knows.", "Did you mean {near}?", "It was set all the same: there may be more."
    ),
    "no-project": Message("The project is not known.", "", "Give --project-id, or --region for its own project."),
    "bad-project-id": Message(
        "{origin} holds no project id: {value}", "A project id has 32 hexadecimal digits.",
        "Copy it from the console, under My Credentials.",
    ),
    "bad-endpoint": Message(
        "{origin} is no address of a service: {address}", "It is https:// and a host, without a path or a user.",
        "Write it like https://HOST.",
    ),
    "bad-domain": Message(
        "{origin} is no domain of a cloud.", "It is like myhuaweicloud.com: no scheme, no path, no region.", "Write it so."
    ),
    "no-neighbour": Message(
        "The address of CBR is not known.", "IAM is {iam} ({origin}), which has no CBR beside it. {note}",
        "Give --endpoint URL or set CBRCTL_ENDPOINT: a token goes to no other cloud unasked.",
    ),
    "plain-http": Message(
        "{origin} is not safe: {address}", "Plain http would show the token; it is for this machine only.", "Use https://."
    ),
    "odd-value": Message(
        "{origin} cannot be used as it is.", "{reason}", "Write it without that; nothing was sent."
    ),
    "bad-proxy": Message(
        "The proxy of {origin} cannot be used.", "{reason}",
        "Set CBRCTL_PROXY to one of http:// or https://, or name the hosts in NO_PROXY.",
    ),
    "no-ca-bundle": Message("{origin} names no file.", "", "Set it to a file of certificates."),
    "profile-not-found": Message("There is no profile {profile}.", "Known: {known}.", "Check --profile and CBRCTL_PROFILE."),
    "profile-not-found-near": Message(
        "There is no profile {profile}.", "Did you mean {near}? Known: {known}.", "Check --profile and CBRCTL_PROFILE."
    ),
    "no-profiles": Message(
        "There is no profile {profile}.", "No profile is set up here yet.",
        "cbrctl config init sets one up; or leave --profile and CBRCTL_PROFILE out.",
    ),
    "config-unreadable": Message("{path} cannot be read.", "{note}", "Make it a file that you can read."),
    "config-broken": Message("{path} is not a configuration.", "{note}", "Mend or remove the file."),
    "config-unwritable": Message(
        "{path} cannot be written.", "{note}", "Make room, or make it and its folder writable for you.",
    ),
    "config-locked": Message(
        "{path} was not changed: another cbrctl has been changing it for ten seconds.", "", "Run it again."
    ),
    "config-exists": Message(
        "{path} exists already. Nothing was changed.", "",
        "Use cbrctl config set KEY VALUE, or add a profile: cbrctl config init --profile NAME.",
    ),
    "profile-exists": Message(
        "There is a profile {profile} already. Nothing was changed.", "",
        "Choose another name, or change it: cbrctl config set KEY VALUE --profile {profile}",
    ),
    "same-secret": Message(
        "It holds the secret that IAM has just refused.", "", "Write the right one into it, or name another file."
    ),
    "bad-choice": Message("{answer} is none of these.", "", "Write a number from 1 to {count}."),
    "region-unlikely": Message(
        "{region} is no region that cbrctl knows.", "Did you mean {near}?", "Write that, or the same again if it is right."
    ),
    "config-not-changed": Message("{path} was not changed.", "It is too large, or too odd to edit.", "Edit it by hand."),
    "secret-in-config": Message(
        "{place} would be a secret in {path}, where none belongs.", "",
        "Leave it out: use cbrctl auth login, or name a file that holds it with password_file, token_file or secret_key_file.",
    ),
    "secret-in-proxy": Message(
        "The proxy is more than a host and a port.", "A user, a path or a query may be a secret, which does not belong there.",
        "Set CBRCTL_PROXY instead.",
    ),
    "unknown-key": Message("{path}: {place} is no setting that cbrctl knows. It was ignored.", "", "Remove it."),
    "unknown-key-near": Message(
        "{path}: {place} is no setting that cbrctl knows. It was ignored.", "Did you mean {near}?",
        "Write it so, or remove it.",
    ),
    "unknown-setting": Message("There is no setting {setting}.", "", "There are: {known}."),
    "unknown-setting-near": Message("There is no setting {setting}.", "Did you mean {near}?", "There are: {known}."),
    "setting-not-set": Message("{setting} is not set.", "{note}", "cbrctl config list shows what is set."),
    "bad-profile-name": Message(
        "A profile cannot be named {profile}.", "A name has 1 to 64 letters, digits, _, . and -.", "Choose such a name.",
    ),
    "no-such-file": Message("{setting} names a file that does not exist yet.", "", "Create it before it is needed."),
    # credentials
    "no-credentials": Message(
        "There are no credentials.",
        "No token, no IAM user and no access key was found.",
        "cbrctl config init or cbrctl auth login asks for them; or set CBRCTL_USERNAME, CBRCTL_PASSWORD and CBRCTL_DOMAIN_NAME. "
        "To try without: --sandbox.",
    ),
    "incomplete-credentials": Message("{found} is set, but {missing} is not.", "", "Set {missing} as well."),
    "no-home": Message(
        "This user has no home folder.", "HOME is not set, and the system knows none.",
        "Set CBRCTL_STATE_DIR, and CBRCTL_CONFIG_DIR or CBRCTL_CACHE_DIR where you want those.",
    ),
    "cloud-unusable": Message(
        "{place} has no credentials that cbrctl can use.", "It takes a password, a token or an access key under `auth`.",
        "Write them there, or choose other credentials: unset what names the cloud.",
    ),
    "cloud-without-address": Message(
        "{place} names no auth_url.", "Its password is sent nowhere else.", "Write it there, or give --iam-endpoint.",
    ),
    "not-removed": Message("{path} could not be removed.", "{note}", "Remove it by hand: it holds a token."),
    "not-installed": Message("{path} could not be changed.", "{note}", "See who may write there, then run it again."),
    "completion-of-others": Message(
        "{path} is there, and cbrctl did not make it.", "It may be yours, or another program's.",
        "Move it aside, then run it again.",
    ),
    "token-stays-good": Message(
        "A token of profile {profile} may be good still, until {end}.", "It was removed here, but IAM did not take it back.",
        "To end it sooner, change the user's password or disable its access key in the console.",
    ),
    "clouds-not-found": Message(
        "{origin} names the cloud {cloud}, but there is no clouds.yaml.", "Looked for: {places}.",
        "Write one there, or set OS_CLIENT_CONFIG_FILE.",
    ),
    "cloud-not-found": Message(
        "{path} has no cloud {cloud}, which {origin} names.", "Known: {known}.", "Name one that is there, or unset {origin}.",
    ),
    "no-clouds": Message("{path} has no cloud at all, and {origin} names {cloud}.", "", "Write it there, or unset {origin}."),
    "no-region-of-cloud": Message(
        "{place} has no region {region}, which {origin} names.", "It has: {known}.", "Name one of these, or unset it."
    ),
    "sdk-file-without-basic": Message(
        "{path} has no section [basic].", "It has: {found}. cbrctl takes an access key of a project from [basic] alone.",
        "Write [basic] with ak and sk there, or choose other credentials: cbrctl auth status lists what there is.",
    ),
    "not-logged-in": Message(
        "The keyring holds no {kind} of {who} for profile {profile}.", "", "cbrctl auth login --profile {profile}"
    ),
    "stored-for-another": Message(
        "The secret that is stored for profile {profile} is not for {who} at {iam}, the way that it would go now.",
        "It was verified with another {others}. It was not sent.",
        "cbrctl auth login --profile {profile} stores it anew.",
    ),
    "profile-has-credentials": Message(
        "Profile {profile} names its secret already: {setting}.", "",
        "cbrctl config unset {setting} --profile {profile}, or log in to another profile.",
    ),
    "login-shadowed": Message(
        "Profile {profile} is not what is used: {place} comes first.", "", "cbrctl auth status shows the order."
    ),
    "no-answer-given": Message(
        "Standard input ended before the question was answered.", "",
        "Run it on a terminal, or see its --help for how it runs without questions.",
    ),
    "bad-secret-input": Message("Standard input holds no secret.", "{note}", "See {help}."),
    "passcode-needed": Message(
        "IAM asks for a one-time code of this user as well.", "",
        "Set CBRCTL_PASSCODE beside CBRCTL_PASSWORD, or log in anew: cbrctl auth login.",
    ),
    "proof-refused": Message(
        "IAM did not accept the token or the access key.",
        "It has ended, was taken back, is wrong, or is of another cloud than {address}.",
        "Check it and this machine's clock, or take a new one.",
    ),
    "not-iam": Message(
        "There is no IAM at {address}.", "Something answered that knows no such path.",
        "Check --iam-endpoint, the variable or the profile that names it; cbrctl config list shows which.",
    ),
    "agency-refused": Message(
        "IAM did not let you assume the agency {agency} of the account {account}.",
        "It does not exist there, does not trust your account, or your user lacks Agent Operator (iam:agencies:assume).",
        "Check both names, and have the permission granted.",
    ),
    "login-malformed": Message(
        "IAM could not make sense of the login.", "Something is missing or malformed: the account of the user, say.",
        "Set CBRCTL_DOMAIN_NAME, and CBRCTL_PROJECT_ID rather than the project's name.",
    ),
    "login-refused-elsewhere": Message(
        "IAM refused another cbrctl that logged in as the same user just now.", "It was not tried again: accounts lock.",
        "See what that one said, and check user, password, account and project.",
    ),
    "project-not-found": Message("IAM knows no project {name}.", "", "Check the region, or set CBRCTL_PROJECT_ID."),
    "project-ambiguous": Message("Several projects are named {name}.", "Their ids: {ids}.", "Set CBRCTL_PROJECT_ID."),
    "projects-forbidden": Message(
        "The user may not look up the id of project {name}.", "", "Set CBRCTL_PROJECT_ID; the console shows it."
    ),
    "key-refused": Message(
        "The access key was refused a moment ago.", "It was not tried again: keys lock after a few bad signatures.",
        "Check the key, its secret and this machine's clock.",
    ),
    "keys-bad-answer": Message("No usable keys came where some were asked for.", "", "Check the address of IAM."),
    "metadata-silent": Message(
        "The metadata service does not answer: {address}", "{note} Only a cloud server has one.",
        "Use other credentials: cbrctl auth status lists what there is.",
    ),
    "metadata-refused": Message(
        "The metadata service gave no keys (status {status}): {address}", "The server seems to have no agency.",
        "Give the server an agency in the console.",
    ),
    "secret-not-there": Message(
        "{origin} names a file that is not there.", "The name is not repeated: it may be the secret itself.",
        "Write the secret into a file, and name that.",
    ),
    "secret-unreadable": Message(
        "{origin} names a file that cannot be read: {path}", "{note}", "Make it readable for the user who runs cbrctl.",
    ),
    "secret-writable": Message(
        "{origin} names a file that others can write: {path}", "They could put in a secret of theirs.", "chmod go-w {quoted}"
    ),
    "secret-readable": Message("Others can read {path}, which {origin} names.", "", "chmod go-r {quoted}"),
    "secret-empty": Message("{origin} names an empty file: {path}", "", "Write the secret into it, or name another file."),
    "secret-not-text": Message(
        "{origin} names a file that holds no secret in text: {path}", "",
        "Write the secret into it as text in UTF-8, or name another file.",
    ),
    "bad-token": Message(
        "The token of {origin} cannot be sent.", "Character {position} is not allowed in a token.", "Copy it again, whole."
    ),
    "login-refused": Message(
        "IAM refused to log in.",
        "The user, the password, the code, the account or the project is wrong, or the account is locked (at {address}).",
        "Check them, or keep others with cbrctl auth login. cbrctl does not try again by itself, since accounts lock.",
    ),
    "iam-no-answer": Message("IAM could not be reached.", "{note}", TRY_AGAIN),
    "iam-bad-answer": Message("The answer was not one of IAM (status {status}).", "{note}", "Check --iam-endpoint."),
    "unscoped-token": Message(
        "The token is for no project.", "CBR needs one.", "Get a token for a project, or set CBRCTL_PROJECT_ID."
    ),
    "no-keyring": Message(
        "There is no keyring that cbrctl could use here.", "{note}", "Keep the secret in a file: " + _IN_A_FILE
    ),
    "keyring-locked": Message(
        "The system's keyring is locked, or was never set up.", "It asked for its own password and got none.",
        "Unlock it and run again, or keep the secret in a file: " + _IN_A_FILE,
    ),
    "keyring-silent": Message(
        "The system's keyring did not answer within {seconds} s.", "It may be asking for its own password on the screen.",
        "Unlock it and run again, or keep the secret in a file: " + _IN_A_FILE,
    ),
    "keyring-unusable": Message(
        "The system's keyring cannot be used.", "{note}", "Keep the secret in a file: " + _IN_A_FILE
    ),
    "secret-too-long": Message(
        "The secret has {length} characters.", "The system's keyring holds {longest} an entry.",
        "Keep the secret in a file: " + _IN_A_FILE,
    ),
    # what doctor finds
    "check-failed": Message("{what} cannot be looked at.", "{note}", "Check who owns it and who may read it."),
    "state-unusable": Message("The state cannot be kept in {path}.", "{note}", "{mend}"),
    "no-locks": Message(
        "Locks do not work in {path}.", "{note} Without them two cbrctl could start the same backup.",
        "Set CBRCTL_STATE_DIR to a folder on a local disk.",
    ),
    "disk-nearly-full": Message("There are only {free} free at {path}.", "The journal needs room before anything is sent.",
        "Make room, or set CBRCTL_STATE_DIR to a folder on another disk."
    ),
    "network-file-system": Message(
        "{path} lies on a network file system ({system}).", "Its locks and its journal may not hold.",
        "Set CBRCTL_STATE_DIR to a folder on a local disk.",
    ),
    "unsettled-ops": Message(
        "Of {count} backups that this machine submitted it is not known how they ended.", "They may be running still.",
        "cbrctl resume",
    ),
    "bad-ca-bundle": Message(
        "{origin} names a file that holds no certificates: {path}", "{note}", "Name a file of certificates in PEM form.",
    ),
    "host-unknown": Message(
        "The address of {host} is not found.", "{note}",
        "Check the region and this machine's DNS; behind a proxy, set CBRCTL_PROXY.",
    ),
    "no-connection": Message(
        "There is no connection to {host}, port {port}.", "{note}",
        "Check firewall and network; behind a proxy, set CBRCTL_PROXY.",
    ),
    "tls-failed": Message(
        "There is no trusted connection to {host}.", "{note}",
        "Where a private authority signed its certificate, set CBRCTL_CA_BUNDLE.",
    ),
    "certificate-ends-soon": Message(
        "The certificate of {host} ends at {end}.", "Nothing can be sent then.", "Tell whoever runs it to renew it."
    ),
    "clock-wrong": Message(
        "The clock of this machine is {off} {way}.", "From 15 minutes on the service refuses signed requests.", "{mend}"
    ),
    "token-refused": Message(
        "IAM does not accept the token of {origin}.", "It has ended, was taken back, or is of another cloud.",
        "Get a new one for {origin}.",
    ),
    "token-ends-soon": Message(
        "The token of {origin} ends at {end}.", "It cannot be renewed.", "Get a new one for {origin}."
    ),
}  # fmt: skip
