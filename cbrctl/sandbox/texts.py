"""The service's error codes that the practice cloud can answer: HTTP status and text in both languages.

Statuses and meanings from service.md sections 7.2 and 7.3; the four Chinese texts of the create-checkpoint page are
verbatim.
"""

# The page's "100" for 6113 is a slip of the definition; the official table says 400 (service.md 7.2).
SERVICE_ERRORS: dict[str, tuple[int, str, str]] = {
    "0001": (400, "存储库中没有可备份的资源，请检查资源是否正在备份", "No resource is available for backup."),
    "0002": (500, "资源正在备份中", "The resources are being backed up."),
    "1001": (400, "保管库正在执行备份", "The vault is performing a backup."),
    "2002": (400, "该资源正在备份中", "The resource is being backed up."),
    "2010": (400, "该资源正在恢复中", "The resource is being restored."),
    "6000": (404, "策略不存在", "The policy does not exist."),
    "6102": (400, "存储库不支持该资源类型", "The vault does not support this resource type."),
    "6105": (404, "存储库不存在", "The vault does not exist."),
    "6112": (400, "存储库状态不合法", "The vault status is invalid."),
    "6113": (400, "该存储库状态不支持备份", "The vault status does not support backup."),
    "6114": (400, "存储库使用容量超出总容量", "The used capacity of the vault exceeds its total capacity."),
    "6124": (400, "该存储库类型不支持备份", "The vault type does not support backup."),
    "6125": (400, "备份任务正在执行", "A backup task is in progress."),
    "6135": (400, "资源不在该存储库中", "The resource is not in the vault."),
    "6200": (404, "备份不存在", "The backup does not exist."),
    "6201": (400, "备份当前状态不能删除", "The backup cannot be deleted in its current status."),
    "6203": (400, "正在执行备份", "Backups are being performed."),
    "6215": (400, "资源状态不支持备份", "The resource status does not support backup."),
    "6217": (404, "备份还原点不存在", "The restore point does not exist."),
    "6302": (404, "资源不存在", "The resource does not exist."),
    "6500": (404, "操作日志不存在", "The operation log does not exist."),
    "7003": (400, "云硬盘状态不支持备份", "The disk status does not support backup."),
    "7101": (400, "云服务器状态不支持备份", "The server status does not support backup."),
    "7102": (400, "云服务器已关机", "The server is stopped."),
    "8300": (400, "快照配额不足", "The snapshot quota is insufficient."),
    "8600": (403, "账号未实名认证", "The account has not passed real-name authentication."),
    "9900": (400, "参数检查失败", "Parameter check failed."),
    "9910": (500, "未知错误", "Unknown error."),
    "9998": (500, "认证失败", "Authentication failed."),
}


def find_text(code: str, english: bool) -> str:
    """The text of a code with or without its prefix, or a plain sentence for a code outside the table."""
    known = SERVICE_ERRORS.get(code.rpartition(".")[2])
    if known is None:
        return "The request failed." if english else "请求失败"
    return known[2] if english else known[1]
