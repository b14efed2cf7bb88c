"""Files that a user writes, and addresses that do not do."""

from pathlib import Path


def write_config(folder: Path, text: str) -> None:
    """Write the configuration of a test."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(text)
    (folder / "config.toml").chmod(0o600)


PLAIN = [
    "http://cbr.cn-north-4.myhuaweicloud.com",
    "http://10.0.0.1",
    "http://0.0.0.0",
    "http://127.1",
    "http://2130706433",
    "http://128.0.0.1",
    "http://127.0.0.256",
    "http://127.0.0.1.evil.example",
    "http://localhost.evil.example",
    "http://notlocalhost",
]
BAD = [
    "",
    "cbr.example.com",
    "//cbr.example.com",
    "https:cbr.example.com",
    "https://",
    "https:///",
    "https://:443",
    "ftp://cbr.example.com",
    "file:///etc/passwd",
    "javascript://x",
    "https://cbr.example.com/v3",
    "https://cbr.example.com/v3/",
    "https://cbr.example.com/a/b",
    "https://cbr.example.com?x=1",
    "https://cbr.example.com/?x=1",
    "https://cbr.example.com#x",
    "https://good.example@evil.example",
    "https://joe:CANARY@evil.example",
    "https://joe:CANARY@127.0.0.1",
    "http://127.0.0.1@evil.example",
    "http://localhost:80@evil.example",
    "http://127.0.0.1#@evil.example",
    "http://127.0.0.1?@evil.example",
    "http://127.0.0.1\\@evil.example",
    "https://cbr.example.com:",
    "https://cbr.example.com:0",
    "https://cbr.example.com:65536",
    "https://cbr.example.com:-1",
    "https://cbr.example.com:+1",
    "https://cbr.example.com:4_4",
    "https://cbr.example.com:44x",
    "https://cbr.example.com:٤٤٣",
    "https://cbr.example.com:443:443",
    "https://cbr.example.com:00000000443",
    "https://[::1]:",
    "https://[::1]x",
    "https://[::1",
    "https://[::2]",
    "https://[evil.example]",
    "https://cbr.example.com.",
    "http://localhost.",
    "https://.example.com",
    "https://cbr..example.com",
    "https://-cbr.example.com",
    "https://cbr-.example.com",
    "https://cbr_1.example.com",
    "https://cbr.例子.com",
    "https://cbr.exаmple.com",  # a Cyrillic letter
    "https://cbr。example。com",
    "https://cbr.example.com\n",
    "https://cbr.example.com\r\nX-Evil: 1",
    " https://cbr.example.com",
    "https://cbr.example.com ",
    "https://cbr%2eexample.com",
    "https://" + "a" * 300 + ".example",
]


def write_clouds(home: Path, text: str, name: str = "clouds.yaml", mode: int = 0o600) -> Path:
    """Put a file where OpenStack's clients look for it."""
    path = home / ".config" / "openstack" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path
