"""The attacks of the threat list, 1 to 25, and those found since, each with its proof: a test here, or one elsewhere.

A secret of the user shows in no byte that is written anywhere, in no form; what IAM issued stands in the cache file alone. No
request reaches a second server, a proxy that nobody chose sees nothing, an authority that nobody chose is not believed.
Parts of the list that cbrctl has not built: JUnit, summaries of GitHub, `--output FILE`, `--plain`.
"""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import trustme

from cbrctl.api import iam as iam_module
from cbrctl.api.transport import Transport
from cbrctl.config.addresses import Addresses, Beside
from cbrctl.config.settings import resolve
from cbrctl.credentials import metadata as metadata_module
from cbrctl.credentials.metadata import fetch_keys
from cbrctl.credentials.sources import find_credentials, find_places
from cbrctl.errors import AuthError, CbrctlError, Unreachable, UsageError
from cbrctl.sandbox import Cloud

from tests.support.attackers import (  # isort: skip
    ARGUMENTS, ASK_IAM, BOMBS, CALLS, CANARY, COMMANDS, CONSOLE, CRASH, CRASHES, FAULTS, FORGED, FROM_CBR, FROM_IAM,
    GOOD_PATHS, HEAD, HOMES, IDS, IN_THE_WAY, ISSUED, KEYRING, LOGIN, NOT_WRITTEN, ODD, OURS, OUTPUTS, PASSWORD,
    PLACES, PROBE, QUIET, SCRIPT, SECRET_KEY, SENT, SOURCES, TAKE_IDS, TOKEN, USER, WHO, WHOLE_TOKEN, Spied,
    answering, fault, fill, find_marks, https_env, issued_keys, place_token, secret, serve_all, trace, traps, trust,
    tunnel,
)  # fmt: skip
from tests.support import cbr
from tests.support.commands import HOSTILE_COMMANDS, args_of
from tests.support.configuration import BAD, PLAIN
from tests.support.hostile import HOSTILE, assert_harmless, assert_inert, hostile_cloud
from tests.support.logins import SECURITY_KEY, SESSION, described
from tests.support.program import CLOCK, PROGRAM, Run
from tests.support.raw import HOST, SOON, Serve, Talk, drip, say, tls_of, whole
from tests.support.scripted import Answer, Scripted

pytestmark = pytest.mark.heavy
HEAVY = bool(os.environ.get("CBRCTL_HEAVY"))

PROVED = """
 1 transport::a_redirect_is_never_followed credentials::a_login_that_fails_is_not_repeated
 3 transport::headers_of_a_post
 4 transport::an_exchange_through_a_proxy transport::a_proxy_that_refuses_has_sent_nothing
   transport::loopback_never_goes_through_a_proxy transport::loopback_over_tls_never_goes_through_a_proxy
 5 transport::what_the_program_says_when_nothing_was_sent transport::the_chosen_authority_is_trusted
 6 settings::a_bad_address settings::the_program_with_settings_that_do_not_do
 8 credentials::no_secret_is_written_anywhere credentials::no_secret_shows_when_the_parts_are_shown
   keystone::nothing_of_a_run_holds_the_password keystone::a_refusal_that_repeats_the_password
 9 credentials::a_token_that_cannot_be_sent credentials::the_program_with_a_bad_token credentials::a_token_in_a_file
   token_cache::what_is_no_kept_token
10 terminal::hostile_texts_stay_texts terminal::hostile_words_of_the_user_and_the_service config::hostile_texts_stay_texts
   config::hostile_words_of_the_command_line doctor::hostile_text_is_inert history::hostile_names_are_inert
11 terminal::hostile_texts_stay_texts terminal::hostile_words_of_the_user_and_the_service
12 outputs::values_in_json_and_lines outputs::lone_surrogates_in_lines
13 keyring::where_there_is_no_keyring_it_says_what_to_do keyring::a_name_outside_the_list_is_refused
14 keyring::a_class_from_elsewhere_is_not_even_imported keyring::the_environment_sets_nothing_of_a_backend
15 keyring::one_that_hangs_is_left_behind keyring::a_process_ends_though_the_keyring_hangs
16 files::an_unsafe_file_is_refused files::a_folder_that_others_can_write files::a_folder_of_another
   config::a_file_that_others_have_a_hand_in_is_refused token_cache::a_kept_token_that_others_could_have_a_hand_in
   credentials::the_program_with_a_secret_file doctor::what_others_could_have_a_hand_in
17 settings::nothing_is_read_from_the_folder_of_work sources::clouds_of_the_folder_of_work_are_not_read
18 files::a_link_is_replaced_and_its_target_left_alone
19 journal::where_no_journal_can_be_kept_nothing_is_sent
20 settings::the_usual_place_of_the_configuration
21 transport::an_odd_answer transport::an_answer_without_an_end_is_not_read_to_its_end fuzz::answers_of_the_service
   fuzz::a_run_with_spoilt_answers
22 transport::a_drip_ends_at_the_deadline transport::no_answer transport::a_handshake_that_fails_has_sent_nothing
23 journal::a_damaged_journal_is_set_aside_and_nothing_is_sent journal::fuzzed_journals history::a_damaged_journal
24 transport::an_odd_answer history::what_is_no_op_id
26 addresses::what_config_list_shows addresses::all_commands_ask_the_same_address
   addresses::a_login_shows_the_address_and_goes_there addresses::what_ends_before_anything_is_sent
   addresses::no_address_is_named_that_a_run_refuses
27 values::a_token_that_was_given_is_never_written_down values::no_words_of_an_exception_repeat_a_secret
   values::a_hint_for_a_misplaced_option_repeats_no_secret addresses::an_address_that_is_none_is_not_repeated
   values::a_secret_in_the_place_of_its_files_name_is_not_repeated files::a_secret_that_was_taken_for_a_path_is_not_repeated
   echoes::a_hint_repeats_nothing_of_an_address_but_its_host echoes::what_stands_behind_a_host_is_not_shown
   echoes::a_path_that_leads_nowhere_is_not_shown echoes::a_path_that_leads_nowhere_is_not_written_as_that_of_a_secret
   echoes::a_proxy_that_may_hold_a_secret_is_not_written
   iam_words::a_login_that_repeats_the_password iam_words::a_description_that_repeats_the_token
   iam_words::a_token_that_is_the_password_is_none iam_words::a_project_that_is_the_password_is_none
   iam_words::what_equals_a_secret_is_hidden_whatever_its_length
28 values::what_would_cost_a_login_is_refused_by_name values::a_control_character_in_a_secret
29 auth::a_stored_secret_goes_no_other_way token_cache::a_kept_token_is_for_one_address_of_cbr
30 values::a_volume_that_kubernetes_opened values::root_with_somebody_elses_home files::a_configuration
   files::a_folder_where_others_could_replace_ours files::a_folder_below_that_of_another
31 sandbox/safety::only_this_machine_is_answered sandbox/safety::a_command_has_a_home_of_its_own_and_no_credentials
   sandbox/safety::a_fault_holds_no_line_end sandbox/faults::nothing_secret_is_kept sandbox/faults::what_is_kept_is_bounded
32 credentials::a_token_of_another_project_is_none_that_was_asked_for
   credentials::a_renewal_that_helps_nothing_is_not_repeated_for_other_vaults
"""
"""What is proved elsewhere: of each attack the modules and their tests, without the `test_` that they all begin with."""


def test_each_attack_has_its_proof() -> None:
    for folder, module, name in re.findall(r"(\w+/)?(\w+)::(\w+)", PROVED):
        [path] = Path(__file__).parents[1].glob(f"**/{folder}test_{module}.py")
        assert f"def test_{name}(" in path.read_text("utf-8"), name
    here = re.findall(r"_(\d\d)(?=_)", " ".join(name for name in globals() if name.startswith("test_")))
    assert {int(number) for number in (*here, *re.findall(r"\b\d+\b", PROVED))} == set(range(1, 33))


@pytest.fixture
def spied(tmp_path: Path, environ: dict[str, str]) -> Spied:
    """A run of which nothing stays unseen."""
    return Spied(tmp_path, environ)


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    """An authority that nobody else trusts."""
    return trustme.CA()


@pytest.fixture
def ca_file(ca: trustme.CA, tmp_path: Path) -> str:
    """Its certificate."""
    (tmp_path / "given").mkdir(exist_ok=True)
    path = tmp_path / "given" / "ca.pem"
    ca.cert_pem.write_to_path(str(path))
    return str(path)


# 1, 2, 3: redirects and .netrc ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_01_no_redirect_is_followed(call: Callable[..., object], scripted: Scripted, serve: Serve) -> None:
    other = serve(say(whole(b"{}")))
    for status in (301, 302, 303, 307, 308):
        scripted.on(".*", Answer(status, b"", {"Location": other.url + "/", "Refresh": f"0; url={other.url}"}))
        before = len(scripted.asked)
        with pytest.raises(CbrctlError):
            call(Transport(), scripted.url)
        assert (len(scripted.asked), other.connections) == (before + 1, 0), status


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_02_nor_one_from_https(
    call: Callable[..., object], ca: trustme.CA, ca_file: str, scripted: Scripted, serve: Serve
) -> None:
    other = serve(say(whole(b"{}")), tls=tls_of(ca))
    for place in (scripted.url, other.url):  # plain, and the same host on another port
        answer = whole(b"", "307 X", f"Location: {place}/\r\n")
        first = serve(say(answer), tls=tls_of(ca))
        with pytest.raises(CbrctlError):
            call(Transport(ca_bundle=ca_file), first.url)
        assert (len(first.requests), other.connections, scripted.asked) == (1, 0, [])


@pytest.mark.parametrize("who", WHO)
def test_03_netrc_is_not_read(who: str, scripted: Scripted, spied: Spied) -> None:
    serve_all(scripted)
    text = f"machine 127.0.0.1 login joe password {secret('netrc')}\ndefault login joe password {secret('netrc')}\n"
    for path in (spied.folder / "home" / ".netrc", spied.given / "netrc", spied.folder / "work" / "netrc"):
        path.write_text(text)
        path.chmod(0o600)
    spied.given = spied.folder  # the file is the test's own
    result = spied.run("vault", "list", env={**fill(WHO[who], scripted.url), "NETRC": str(spied.given / "netrc")})
    assert result.code == 0, result.err
    sent = [a.headers.get("authorization", "SDK-HMAC-SHA256 ") for a in scripted.asked]
    assert {words.partition(" ")[0] for words in sent} == {"SDK-HMAC-SHA256"}


# 4, 5: proxies and authorities that nobody chose ----------------------------------------------------------------------


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "CBRCTL_PROXY"])
def test_04_a_proxy_sees_connect_only(variable: str, ca: trustme.CA, ca_file: str, spied: Spied, serve: Serve) -> None:
    server, passed = answering(tls_of(ca, HOST), serve), bytearray()
    proxy = serve(tunnel(server.port, passed))
    address = proxy.url.replace("http://", f"http://joe:{secret('proxy').replace('/', '%2F')}@")
    env = https_env(f"https://{HOST}", {"OS_CACERT": ca_file, variable: address})
    result = spied.run("vault", "list", "-vvv", env=env)
    assert (result.code, len(server.requests)) == (0, 2), result.err
    told = {line.partition(b":")[0].lower() for head in proxy.requests for line in head.splitlines()[1:]}
    assert {head.splitlines()[0][:-1] for head in proxy.requests} == {f"CONNECT {HOST}:443 HTTP/1.".encode()}
    assert told <= {b"", b"host", b"proxy-authorization"}, told
    assert (find_marks(bytes(passed)), passed[0]) == ([], 0x16)


def test_04_the_metadata_service_is_never_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    places: list[Any] = []

    def note(place: tuple[str, int], *args: object, **more: object) -> socket.socket:
        places.append(place)
        raise OSError

    monkeypatch.setattr("urllib3.util.connection.create_connection", note)
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://evil.example:3128")
    with pytest.raises(Unreachable):
        fetch_keys(Transport(proxy="http://evil.example:3128"), metadata_module.ADDRESS)
    assert places == [("169.254.169.254", 80)]


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
@pytest.mark.parametrize("way", ["directly", "through a proxy", "a proxy's own"])
def test_05_an_authority_of_the_environment_is_not_believed(
    way: str, ca: trustme.CA, ca_file: str, spied: Spied, serve: Serve
) -> None:
    server, evil = answering(tls_of(ca, HOST, "127.0.0.1"), serve), trust(ca_file)
    proxy = serve(tunnel(server.port, bytearray()), tls=tls_of(ca) if way == "a proxy's own" else None)
    url, proxies = (server.url, {}) if way == "directly" else (f"https://{HOST}", {"HTTPS_PROXY": proxy.url})
    result = spied.run("vault", "list", env=https_env(url, {**evil, **proxies}))
    assert (result.code, server.requests) == (7, []), result.err
    assert "certificate" in result.err
    # others do believe it
    probe = f"import ssl, urllib.request; urllib.request.urlopen({server.url!r}, context=ssl.create_default_context())"
    for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        assert subprocess.run([sys.executable, "-c", probe], env={variable: evil[variable]}).returncode == 0


# 6: addresses that lead elsewhere -------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", PLACES)
def test_06_an_address_that_leads_elsewhere_is_exit_2(place: str, tmp_path: Path) -> None:
    addresses = [address for address in (*BAD, *PLAIN) if address]
    assert len(addresses) > 60
    for address in addresses:
        flags, environ = PLACES[place](address, tmp_path)
        settings = resolve(flags, {"HOME": str(tmp_path), "CBRCTL_REGION": "cn-north-4", **environ})
        only_iam = place.endswith("URL") or place == "clouds.yaml"
        found = next(find_places({"HOME": str(tmp_path), **environ}), None)
        where = Addresses(settings, found.beside if found else Beside)
        if address.rstrip("/").endswith("/v3"):
            continue  # IAM's may have that
        for ask in [where.iam] if only_iam else [where.iam, where.cbr]:
            with pytest.raises(UsageError) as caught:
                ask()
            assert CANARY not in repr(caught.value.values)


@pytest.mark.parametrize("address", ["http://evil.example", "https://good@evil.example", "https://evil.example.", "x"])
@pytest.mark.parametrize("name", ["CBRCTL_ENDPOINT", "CBRCTL_IAM_ENDPOINT", "OS_AUTH_URL", "CBRCTL_METADATA_ENDPOINT"])
def test_06_and_nobody_is_asked(name: str, address: str, scripted: Scripted, spied: Spied) -> None:
    serve_all(scripted)
    who = WHO["server" if "METADATA" in name else "password"]
    if name == "OS_AUTH_URL":  # it is for its own family's credentials alone
        family = {"USERNAME": "OS_USERNAME", "PASSWORD": "OS_PASSWORD", "DOMAIN_NAME": "OS_USER_DOMAIN_NAME"}
        who = {**dict.fromkeys(who, ""), **{theirs: who[f"CBRCTL_{ours}"] for ours, theirs in family.items()}}
    unset = {"CBRCTL_IAM_ENDPOINT": ""} if name == "OS_AUTH_URL" else {}
    result = spied.run("backup", "--vault", cbr.VAULT, "-vvv", env={**who, **unset, name: address})
    assert (result.code, scripted.asked) == (2, []), result.err


# 7, 8, 25: silence ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("output", ["table", "json"])
@pytest.mark.parametrize("line", ARGUMENTS)
def test_07_a_secret_is_no_argument_and_is_not_repeated(
    line: str, output: str, scripted: Scripted, spied: Spied
) -> None:
    result = spied.run(*line.format(CANARY).split(), env={"CBRCTL_OUTPUT": output})
    assert (result.code, scripted.asked) == (2, []), result.err


@pytest.mark.parametrize("who", WHO)
def test_07_25_a_run_that_waits_shows_nothing_to_others(who: str, scripted: Scripted, spied: Spied) -> None:
    serve_all(scripted)
    scripted.on(cbr.SHOW, Answer(200, cbr.shown("protecting"), before=spied.look), cbr.shown("available"))
    note = spied.given / "note"
    env = {**fill(WHO[who], scripted.url), **spied.customize(PROBE.format(path=str(note)))}
    assert spied.run("backup", "--vault", cbr.VAULT, env=env).code == 0
    [seen] = spied.seen
    assert find_marks(seen.command) == []
    assert seen.environ in ({}, {**spied.environ, **env})
    assert seen.limits.split()[-3:-1] == ["0", "0"]
    assert json.loads(note.read_text())[0] == 0


@pytest.mark.parametrize("number", range(len(FAULTS)), ids=FAULTS)
@pytest.mark.parametrize(
    ("who", "service"), [(who, to) for who in WHO for to in ("CBR", "IAM") if SENT[who][to == "IAM"]]
)
def test_08_no_secret_is_in_any_byte(who: str, service: str, number: int, scripted: Scripted, spied: Spied) -> None:
    sent = SENT[who][service == "IAM"]
    serve_all(scripted)
    code, route = ("IAM.0011", FROM_IAM) if service == "IAM" else ("BackupService.6114", FROM_CBR)
    well = [Answer(201, described(), {"X-Subject-Token": ISSUED})] if (who, service) == ("agency", "IAM") else []
    place = number + list(WHO).index(who)
    for args in COMMANDS if HEAVY else COMMANDS[place % 3 :][:1]:
        scripted.on(route, *well, fault(FAULTS[number], sent, code))  # a run knows what it was given itself, no more
        result = spied.run(*args, "-vvv", "-o", OUTPUTS[place // 3 % 3], env=fill(WHO[who], scripted.url))
        assert result.code not in (0, 1), result.err


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("who", WHO)
def test_08_nor_where_all_is_well(who: str, output: str, scripted: Scripted, spied: Spied) -> None:
    serve_all(scripted)
    for args in (*COMMANDS, ("vault", "list"), ("history",), ("config", "list")):
        result = spied.run(*args, "-vvv", "-o", output, env=fill(WHO[who], scripted.url))
        assert result.code == 0, result.err
    kept = list((spied.folder / "home").rglob("token-*.json"))
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} <= {0o600}
    assert any(ISSUED in path.read_text() for path in kept) == (who in ("password", "code", "agency", "agency by key"))


@pytest.mark.parametrize("crash", CRASHES)
@pytest.mark.parametrize("who", ["token", "code", "agency by key"])
def test_08_nor_where_a_bug_ends_it(who: str, crash: str, scripted: Scripted, spied: Spied) -> None:
    serve_all(scripted)
    more = spied.customize(CRASH.format(crash=CRASHES[crash]))
    for output in OUTPUTS:
        env = {**fill(WHO[who], scripted.url), **more, "CBRCTL_STATE_DIR": str(spied.folder / output)}
        result = spied.run("backup", "--vault", cbr.VAULT, "-vvv", "-o", output, env=env)
        assert "bug" in result.err or result.code == 143 or (who, crash) == ("token", "while logging in"), result.err


@pytest.mark.parametrize("where", [LOGIN, cbr.POST, cbr.SHOW], ids=["login", "POST", "following"])
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_08_nor_where_a_signal_ends_it(name: str, where: str, scripted: Scripted, spied: Spied) -> None:
    serve_all(scripted)
    number = getattr(signal, name)
    rule = next(answers[0] for pattern, answers, _ in scripted._rules if pattern == where)
    scripted.on(where, rule._replace(before=lambda: spied.process.send_signal(number)))
    env = fill(WHO["code"], scripted.url)
    result = spied.run("backup", "--vault", cbr.VAULT, "-vvv", "-o", OUTPUTS[number % 3], env=env)
    assert result.code == 128 + number, result.err


@pytest.mark.parametrize("who", ["token", "code"])
def test_25_no_keys_of_tls_are_written(who: str, ca: trustme.CA, ca_file: str, spied: Spied, serve: Serve) -> None:
    server, keys = answering(tls_of(ca), serve), spied.folder / "keys"
    env = https_env(server.url, {"OS_CACERT": ca_file, "SSLKEYLOGFILE": str(keys), **WHO[who]})
    for args in (("vault", "list"), ("doctor",)):
        assert spied.run(*args, env=env).code == 0
        assert not keys.exists()


@pytest.mark.parametrize("method", ["password", "access-key"])
def test_07_08_25_a_login_is_as_silent(method: str, ca: trustme.CA, ca_file: str, serve: Serve, spied: Spied) -> None:
    server, ring, keys = answering(tls_of(ca), serve, spied.look), spied.given / "ring", spied.folder / "keys"
    env = https_env(server.url, {"OS_CACERT": ca_file, "SSLKEYLOGFILE": str(keys), "CBRCTL_PASSWORD": ""})
    env = {**env, **spied.customize(KEYRING.format(path=str(ring))), "CBRCTL_USERNAME": "", "CBRCTL_DOMAIN_NAME": ""}
    who = ("--username", "joe", "--domain-name", "acme") if method == "password" else ("--access-key", "AK1")
    value = PASSWORD if method == "password" else SECRET_KEY
    result = spied.run("auth", "login", *who, "-vvv", env=env, stdin=f"{value}\n".encode())
    assert (result.code, value in json.loads(ring.read_text())["secret"]) == (0, True), result.err
    for args in (("auth", "status", "--check"), ("vault", "list", "-vvv"), ("auth", "logout")):
        assert spied.run(*args, env=env).code == 0
    assert not ring.exists()
    assert not keys.exists()
    assert {tuple(seen.limits.split()[-3:-1]) for seen in spied.seen} == {("0", "0")}
    assert [find_marks(seen.command) for seen in spied.seen if find_marks(seen.command)] == []


# 9, 10, 11, 12: texts that would act ---------------------------------------------------------------------------------


@pytest.mark.parametrize("source", SOURCES)
def test_09_what_cannot_stand_in_a_header_is_refused(source: str, tmp_path: Path) -> None:
    for token in ODD:
        told = place_token(source, token, tmp_path)
        with pytest.raises(CbrctlError) as caught:
            find_credentials(find_places(told))
        assert (caught.value.exit_code in (2, 12, 15), "abc" in repr(caught.value.values)) == (True, False), token


@pytest.mark.parametrize("place", ["token", "access", "secret", "securitytoken"])
def test_09_nor_does_what_services_answer(place: str, scripted: Scripted) -> None:
    for odd in [token.encode("utf-8", "surrogateescape").decode("latin-1") for token in ODD]:
        if place == "token":
            if set(odd) & set("\r\n\0") or odd != odd.strip():
                continue  # the header ends there, whoever reads it
            body = json.dumps(described()).encode()
            head = f"HTTP/1.1 201 X\r\nX-Subject-Token: {odd}\r\nContent-Length: {len(body)}\r\n\r\n".encode("latin-1")
            scripted.on(LOGIN, Answer(raw=head + body))
        else:
            keys = issued_keys()
            keys["credential"][place] = odd
            scripted.on(SECURITY_KEY, keys)
            scripted.on(SESSION, Answer(404, {}))
        with pytest.raises(CbrctlError) as caught:
            CALLS["login" if place == "token" else "metadata"](Transport(), scripted.url)
        assert "abc" not in repr(caught.value.values)


@pytest.mark.parametrize("token", ["a b", "a\r\nX-Evil: 1", "中", "a" * 5000, "\x1b[31m", "\0", ""])
def test_09_nor_a_session_of_the_metadata_service(token: str, scripted: Scripted) -> None:
    serve_all(scripted)
    scripted.on(SESSION, Answer(200, token.encode()))
    with suppress(AuthError):
        fetch_keys(Transport(), scripted.url)
    assert not {"x-evil", "x-metadata-token"} & scripted.asked[-1].headers.keys()


@pytest.mark.parametrize(
    "word", ["\x1b[35;5m\x07", "\x9b31m", "a\r\nb\u202e", "[/foo]", "[link=http://e]x", "{id}", "%s"]
)
def test_10_11_who_iam_says_it_is_cannot_act(word: str, scripted: Scripted, run: Run, run_tty: Run) -> None:
    serve_all(scripted)
    token = described()
    token["token"]["user"] = {"name": word, "id": word, "domain": {"name": word, "id": word}}
    scripted.on(LOGIN, Answer(201, token, {"X-Subject-Token": ISSUED}))
    scripted.on(cbr.VAULTS, {"vaults": [], "count": 0})
    env = {**USER, "CBRCTL_USERNAME": f"joe{word if word.isprintable() else ''}"}  # a control character is refused
    for args in (("auth", "status", "--check"), ("auth", "status"), ("doctor",), ("vault", "list", "-vvv")):
        for call in (run, run_tty):
            result = call(*args, "--color", "never", env=env)
            assert result.code == 0, result.err
            assert_harmless(result._replace(out=result.out.replace("\t", "")))
    for output in ("json", "jsonl"):
        assert_inert(run("auth", "status", "--check", "-o", output, env=env).out)


@pytest.mark.parametrize("name", HOSTILE_COMMANDS)
def test_12_no_line_is_a_command_of_a_pipeline(name: str, cloud: Cloud, run: Run) -> None:
    hostile_cloud(cloud)
    evil = "\n::stop-commands::x\r::add-mask::y \n##[group]z " + "w " * 30 + " ::error::q"
    for checkpoint in cloud.checkpoints.values():
        checkpoint.name = checkpoint.description = evil
    cloud.vaults[cbr.VAULT].name = HOSTILE[:20] + evil
    for output in ("table", "json", "jsonl"):
        result = run(*args_of(name), "-o", output, env={"GITHUB_ACTIONS": "true", "CI": "true"})
        lines = [line.strip() for line in (result.out + "\n" + result.err).splitlines()]
        assert [line for line in lines if line.startswith(("::", "##["))] == []


# 16 to 20: what stands where a file of ours belongs ------------------------------------------------------------------


@pytest.mark.parametrize("how", IN_THE_WAY)
@pytest.mark.parametrize(
    ("what", "login"), [*((what, True) for what in OURS), ("token", False), ("token's lock", False)]
)
def test_16_18_19_what_is_in_the_way_is_refused_or_left_alone(
    login: bool, what: str, how: str, scripted: Scripted, spied: Spied
) -> None:
    serve_all(scripted)
    lines = [
        ("config", "set", "region", "cn-north-4"),
        ("backup", "--vault", cbr.VAULT, "--no-wait", "--if-busy", "wait"),
    ]
    for line in lines:
        assert spied.run(*line, env=USER).code == 0
    home, target = spied.folder / "home", spied.given / "authorized_keys"
    path = next(home.glob(OURS[what]), home / OURS[what])
    if what == "journal":
        (home / f"{OURS[what]}-wal").unlink(missing_ok=True)
    path.unlink(missing_ok=True)
    target.write_text("")
    target.chmod(0o600)
    IN_THE_WAY[how](path, target)
    if not login:
        for kept in set(home.glob(OURS["token"])) - {path}:
            kept.unlink()
        scripted.on(LOGIN, Answer(401, {"error": {"code": 401, "message": "no", "title": "x"}}))
    before, posts = os.lstat(path), scripted.count(cbr.POST)
    codes = [spied.run(*line, env=USER, timeout=30).code for line in lines]
    assert set(codes) <= {0, 12, 15}, codes
    assert (target.read_bytes(), target.with_name("none").exists()) == (b"", False)
    assert not path.is_symlink() or stat.S_ISLNK(before.st_mode)
    tightened = how.endswith("by others") and (what != "config.toml" or how == "readable by others")
    if what in NOT_WRITTEN and not tightened:
        assert 15 in codes, codes
    if codes[1] != 0:
        assert scripted.count(cbr.POST) == posts


@pytest.mark.skipif(not os.path.exists(CONSOLE[0]), reason="cbrctl is not installed beside this Python")
@pytest.mark.parametrize("who", ["token", "password"])
def test_17_nothing_of_the_folder_of_work_is_read(who: str, scripted: Scripted, serve: Serve, spied: Spied) -> None:
    serve_all(scripted)
    evil, work, sprung = serve(), spied.folder / "work", spied.given / "sprung"
    files = traps(evil.url, sprung)
    for name, text in files.items():
        (work / name).parent.mkdir(exist_ok=True)
        (work / name).write_text(text)
        (work / name).chmod(0o600)
    env = {**fill(WHO[who], scripted.url), "PYTHONPATH": CLOCK}
    for args in COMMANDS:
        assert spied.run(*args, env=env, program=CONSOLE).code == 0
    assert (evil.connections, sprung.exists()) == (0, False)
    assert {str(path.relative_to(work)) for path in work.rglob("*") if path.is_file()} == set(files)


@pytest.mark.parametrize(("unset", "more"), HOMES.values(), ids=HOMES.keys())
def test_20_nothing_is_written_where_others_write(
    unset: tuple[str, ...], more: dict[str, str], scripted: Scripted, spied: Spied
) -> None:
    serve_all(scripted)
    (spied.given / "file").write_text("")
    (spied.given / "shared").mkdir()
    (spied.given / "shared").chmod(0o1777)
    (spied.given / "taken" / "cbrctl").mkdir(parents=True)
    (spied.given / "taken" / "cbrctl").chmod(0o777)
    for name in unset:
        del spied.environ[name]
    env = {**USER, **{name: value.format(folder=spied.folder) for name, value in more.items()}}
    result = spied.run("backup", "--vault", cbr.VAULT, "--no-wait", env=env)
    refused = "file/home" in env.get("HOME", "")
    assert (result.code, scripted.count(cbr.POST)) == ((15, 0) if refused else (0, 1)), result.err
    for folder in ("tmp", "work"):
        assert list((spied.folder / folder).iterdir()) == []
    taken = spied.given / "taken" / "cbrctl"  # it is ours: tightened before anything is written there
    assert not list(taken.iterdir()) or stat.S_IMODE(taken.stat().st_mode) == 0o700
    assert not (spied.folder / "relative").exists()
    assert {stat.S_IMODE(path.stat().st_mode) for path in (spied.given / "shared").iterdir()} <= {0o700}


# 21, 22: answers without measure --------------------------------------------------------------------------------------


@pytest.mark.parametrize("talk", BOMBS.values(), ids=BOMBS.keys())
@pytest.mark.parametrize("call", ASK_IAM)
def test_21_answers_of_iam_without_measure(call: str, talk: Talk, serve: Serve) -> None:
    server = serve(talk)
    with pytest.raises(CbrctlError):
        CALLS[call](Transport(), server.url)
    assert server.connections <= 2


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.parametrize("name", ["a gzip bomb", "a body without an end", "nested"])
@pytest.mark.parametrize("who", ["token", "password", "server"])
def test_21_and_they_take_little_memory(who: str, name: str, serve: Serve, spied: Spied) -> None:
    url, note = serve(BOMBS[name]).url, spied.given / "note"
    address = {**dict.fromkeys(("CBRCTL_ENDPOINT", "CBRCTL_IAM_ENDPOINT"), url), "CBRCTL_PROJECT_ID": cbr.PROJECT}
    env = {**address, **fill(WHO[who], url), **spied.customize(PROBE.format(path=str(note)))}
    assert spied.run("vault", "list", env=env).code in (7, 12)
    assert json.loads(note.read_text())[1] < 120 * 1024


@pytest.mark.sampled(3)
@pytest.mark.parametrize("call", ASK_IAM)
@pytest.mark.parametrize("drips", [False, True], ids=["silence", "drip"])
def test_22_an_iam_that_is_slow_is_left(drips: bool, call: str, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(iam_module, "POST_DEADLINE", SOON)
    monkeypatch.setattr(metadata_module, "DEADLINE", SOON)
    over = threading.Event()
    server = serve(drip(whole(WHOLE_TOKEN, headers=HEAD)) if drips else lambda connection: over.wait(20))
    with pytest.raises(CbrctlError) as caught:
        CALLS[call](Transport(), server.url)
    over.set()
    assert caught.value.note.endswith(f": no whole answer within {SOON} s")
    assert server.connections == 1


# 23, 24: ids and places from outside ----------------------------------------------------------------------------------


@pytest.mark.parametrize("forgery", FORGED)
def test_23_a_forged_journal_leads_nowhere(forgery: str, scripted: Scripted, serve: Serve, spied: Spied) -> None:
    serve_all(scripted)
    evil = serve()
    scripted.on(cbr.POST, Answer(raw=b"", end="fin"))
    env = {"CBRCTL_TOKEN": TOKEN}
    assert spied.run("backup", "--vault", cbr.VAULT, "--settle", "0", env=env).code == 6
    [path] = (spied.folder / "home").rglob("journal.db")
    with sqlite3.connect(path) as db:
        db.executescript(FORGED[forgery].format(evil=evil.url))
    db.close()
    scripted.asked.clear()
    for args in (("resume",), ("history",), ("resume", "../../x"), ("backup", "--vault", cbr.VAULT, "--settle", "0")):
        assert spied.run(*args, env=env).code != 1
    assert evil.connections == 0
    assert [
        a.path for a in scripted.asked if not re.fullmatch(rf"/v3/{cbr.PROJECT}/[a-z-]+(/{cbr.VAULT})?", a.path)
    ] == []


@pytest.mark.parametrize("line", TAKE_IDS, ids=map(" ".join, TAKE_IDS))
def test_24_an_id_never_becomes_a_path(line: tuple[str, ...], scripted: Scripted, run: Run) -> None:
    scripted.on(r".*/x", {"vault": {"id": cbr.VAULT}})
    for name in ("vaults", "backups", "operation_logs"):
        scripted.on(rf"GET /v3/{cbr.PROJECT}/{name.replace('_', '-')}", {name: [], "count": 0})
    for number, word in enumerate(IDS):
        if number % 3 and not HEAVY:
            continue
        args = ("vault", "list", *line) if line[0].startswith("-") else line
        result = run(*(part.format(word) for part in args))
        assert result.code in ((0, 2, 10) if "list" in line else (2, 10, 14)), (word, result.err)
    assert {a.path for a in scripted.asked} <= GOOD_PATHS


@pytest.mark.parametrize("odd", IDS)
def test_24_nor_one_that_the_service_gave(odd: str, scripted: Scripted, run: Run) -> None:
    vaults = {"vaults": [{"id": odd, "name": "twin", "resources": [{"id": odd, "name": "r"}]}], "count": 1}
    scripted.on(cbr.VAULTS, vaults)
    scripted.on(rf"GET /v3/{cbr.PROJECT}/vaults/.*", {"vault": vaults["vaults"][0]})  # type: ignore[index]
    scripted.on(cbr.POST, cbr.posted(id=odd))
    for args in (("backup", "--vault", "twin"), ("backup", "--all-vaults"), ("backup", "--resource", "r")):
        assert run(*args).code in (10, 14, 2, 7)
    assert run("backup", "--vault", cbr.VAULT, "--settle", "0").code == 6
    assert {a.path for a in scripted.asked} <= {*GOOD_PATHS, f"/v3/{cbr.PROJECT}/checkpoints"}


# what a start touches -------------------------------------------------------------------------------------------------


@pytest.mark.real
@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
@pytest.mark.parametrize("line", [*QUIET, "a tab"])
def test_what_needs_no_network_opens_no_socket(line: str, environ: dict[str, str], tmp_path: Path) -> None:
    command = ["bash", "-c", SCRIPT] if line == "a tab" else [*PROGRAM, *line.split()]
    told = trace(command, environ, tmp_path / "log")
    calls = re.findall(r"\b(?:socket|connect|sendto|bind)\(.*", told)
    assert [call for call in calls if line != "a tab" or "AF_UNIX" not in call] == []  # bash asks nscd who it is
    assert (
        re.findall(r'openat\(.*"[^"]*(?:keyring|secretstorage|_ssl\.|site-packages/requests|urllib3)[^"]*".*', told)
        == []
    )
    assert "python" in told or line == "a tab"
    if line == "a tab":
        assert told.count("execve(") == 2  # bash and cat: no program of ours, nor another


def test_practice_credentials_are_no_arguments(environ: dict[str, str], tmp_path: Path) -> None:
    code = (
        "import os; own, above = (open(f'/proc/{pid}/cmdline').read() for pid in (os.getpid(), os.getppid()));"
        "print(os.environ['CBRCTL_PASSWORD'] in own + above, len(os.environ['CBRCTL_PASSWORD']) > 5)"
    )
    told = [*PROGRAM, "sandbox", "run", "--", sys.executable, "-c", code]
    done = subprocess.run(told, env=environ, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (0, "False True\n"), done.stderr
