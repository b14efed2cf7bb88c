"""The main job, from the command line to the finished backup."""

import json
from pathlib import Path

from cbrctl.sandbox import Cloud
from tests.support import cbr
from tests.support.program import Run
from tests.support.scripted import Scripted

PAGE = """
{
	"checkpoint":{
		"parameters":{
			"auto_trigger":true,
			"description":"backup_description",
			"incremental":true,
			"name":"backup_name",
			"resources":[
				"94eba8b2-acc9-4d82-badc-127144cc5526"
			]
		},
		"vault_id":"3b5816b5-f29c-4172-9d9a-76c719a659ce"
	}
}
"""  # the request example of the API page


def test_the_request_is_the_pages_example(scripted: Scripted, run: Run) -> None:
    scripted.on(cbr.POST, cbr.posted())
    options = ["--auto-trigger", "--description", "backup_description", "--incremental", "--name", "backup_name"]
    result = run(
        "backup", "--vault", cbr.VAULT, "--resource", cbr.SERVER, *options, "--no-marker", "--no-wait", "-o", "json"
    )
    assert result.code == 0, result.err
    assert [a.json() for a in scripted.asked] == [json.loads(PAGE)]
    assert result.json()["backups"][0]["request"] == json.loads(PAGE)["checkpoint"]


def test_the_pages_answer_reaches_the_document(scripted: Scripted, run: Run) -> None:
    scripted.on(cbr.POST, cbr.posted())
    scripted.on(cbr.SHOW, cbr.shown("protecting"), cbr.shown("available"))
    scripted.on(cbr.COPIES, cbr.copies((cbr.SERVER, "protecting")), cbr.copies((cbr.SERVER, "available")))
    scripted.on(
        cbr.TASKS, cbr.tasks((cbr.SERVER, "running", 40, "", "")), cbr.tasks((cbr.SERVER, "success", 100, "", ""))
    )
    result = run("backup", "--vault", cbr.VAULT, "-o", "json")
    assert result.code == 0
    entry = result.json()["backups"][0]
    assert entry["checkpoint"] == {
        "id": "8b0851a8-adf3-4f4c-a914-dead08bf9664",
        "status": "available",
        "created_at": "2019-05-10T07:59:12.733403Z",
        "project_id": "4229d7a45436489f8c3dc2b1d35d4987",
        "name": "backup_name",
        "description": "backup_description",
        "retention_days": -1,
    }
    assert entry["resources"] == [
        {
            "id": cbr.SERVER,
            "name": "ecs-1f0f-0002",
            "type": "OS::Nova::Server",
            "size_gb": 40,
            "status": "available",
            "backup_id": "c0000000-0000-4000-8000-000000000000",
            "progress": 100,
            "error": None,
        }
    ]
    assert entry["skipped_resources"] == []


def test_the_whole_way_with_names_and_a_login(cloud: Cloud, run: Run) -> None:
    result = run("backup", "--vault", "vault-be94", "--resource", "ecs-1f0f-0002", "--incremental")
    assert result.code == 0, result.err
    [row] = result.rows()
    assert (row["outcome"], row["resource_id"], row["status"]) == ("completed", cbr.SERVER, "available")
    assert "vault-be94: completed" in result.err
    assert [r.method for r in cloud.requests if r.path.endswith("/checkpoints")] == ["POST"]


def test_the_sandbox_option_needs_nothing_and_touches_nothing(run: Run, tmp_path: Path) -> None:
    result = run("backup", "--vault", "vault-be94", "--sandbox")
    assert result.code == 0, result.err
    assert list((tmp_path / "home").rglob("*")) == []
