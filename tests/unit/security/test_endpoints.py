"""Which endpoints are accepted, and that no way of writing an address gets past."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phantom.errors import InvalidInput
from phantom.security.endpoints import Reach, check_endpoint, judge_address

METADATA = "169.254.169.254"
NEVER = (
    f"http://{METADATA}/latest/meta-data/",
    f"https://{METADATA}",
    f"http://{METADATA}:80",
    "http://2852039166",
    "http://0xa9fea9fe",
    "http://0xA9.0xFE.0xA9.0xFE",
    "http://0251.0376.0251.0376",
    "http://169.254.43518",
    "http://169.16689662",
    "http://169.254.169.254.",
    "http://[::ffff:169.254.169.254]",
    "http://[::ffff:a9fe:a9fe]",
    "http://[0:0:0:0:0:ffff:169.254.169.254]",
    "http://[::169.254.169.254]",
    "http://[64:ff9b::169.254.169.254]",
    "http://[64:ff9b:1::a9fe:a9fe]",
    "http://[2002:a9fe:a9fe::1]",
    "http://[fd00:ec2::254]",
    "http://[fe80::1]",
    "http://[fe80::1%25eth0]",
    "http://[ff02::1]",
    "http://[::]",
    "http://0.0.0.0",
    "http://0",
    "https://255.255.255.255",
    "https://240.0.0.1",
    "https://224.0.0.1",
    "http://100.100.100.200",
    "https://168.63.129.16",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://METADATA.Google.Internal./",
    "http://metadata",
    "https://instance-data.ec2.internal",
)
GARBLED = (
    "",
    "api.example.com",
    "//api.example.com",
    "ftp://api.example.com",
    "file:///etc/passwd",
    "gopher://127.0.0.1:70/_x",
    "javascript:alert(1)",
    "https://",
    "https:///path",
    "https:api.example.com",
    "https://user@api.example.com",
    "https://user:secret@api.example.com",
    "https://api.example.com@127.0.0.1",
    "https://api.example.com%40127.0.0.1",
    "https://api.example.com\\@127.0.0.1",
    "https:\\\\api.example.com",
    "https://api.example.com /",
    "https://api.example.com\n.evil.example",
    "https://api.example.com\t",
    "https://api.example.com\0",
    "https://api.example.com?key=secret",
    "https://api.example.com#@127.0.0.1",
    "https://api.example.com:0",
    "https://api.example.com:65536",
    "https://api.example.com:port",
    "https://api.example.com:",
    "https://api..example.com",
    "https://.example.com",
    "https://-api.example.com",
    "https://ap%69.example.com",
    "https://①②⑦.0.0.1",
    "https://\uff4cocalhost",
    "https://127。0。0。1",
    "https://[::1",
    "https://::1",
    "https://[127.0.0.1]",
    "https://[::1]evil.example",
    "https://1.2.3.4.5",
    "https://1.2.3.256",
    "https://127.1",
    "https://0177.0.0.1",
    "https://api.example.com/" + "a" * 2000,
)
PRIVATE = (
    "https://10.0.0.5",
    "http://192.168.1.10:11434",
    "https://172.16.0.1",
    "https://100.64.0.1",
    "https://[fd12:3456::1]",
    "https://[fec0::1]",
    "https://[::ffff:10.0.0.5]",
    "https://[2002:0a00:0001::1]",
    "https://gpu",
    "http://gpu.lan:8000",
    "https://models.internal",
    "https://box.home.arpa.",
)


@pytest.mark.parametrize("url", NEVER)
def test_link_local_and_metadata_are_never_reached(url: str) -> None:
    """In no form, and not even where the configuration names the host."""
    host = url.partition("://")[2].partition("/")[0]
    for allowed in ((), (host, host.lower(), METADATA, "metadata.google.internal", "fe80::1")):
        with pytest.raises(InvalidInput):
            check_endpoint(url, allowed_hosts=allowed)


@pytest.mark.parametrize("url", GARBLED)
def test_what_two_readers_could_read_differently_is_refused(url: str) -> None:
    """User names, fragments, backslashes, other digits, unusual forms of an address."""
    with pytest.raises(InvalidInput) as refused:
        check_endpoint(url, allowed_hosts=("127.0.0.1", "localhost"))
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("url", PRIVATE)
def test_a_private_host_needs_the_operators_word(url: str) -> None:
    """Refused with the setting's name; accepted where the setting names the host."""
    with pytest.raises(InvalidInput, match="allowed_endpoints"):
        check_endpoint(url)
    netloc = url.partition("://")[2]
    host = netloc.partition("]")[0] if netloc.startswith("[") else netloc.partition(":")[0]
    canonical = str(ipaddress.ip_address(host.strip("["))) if host[-1].isdigit() else host
    assert Reach.PRIVATE == check_endpoint(url, allowed_hosts=(canonical,)).reach


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.anthropic.com", ("https", "api.anthropic.com", 443)),
        ("https://API.OpenAI.com/v1/", ("https", "api.openai.com", 443)),
        ("https://api.example.com.:8443/v1", ("https", "api.example.com", 8443)),
        ("https://8.8.8.8", ("https", "8.8.8.8", 443)),
        ("https://[2001:4860:4860:0:0::8888]:444", ("https", "2001:4860:4860::8888", 444)),
        ("https://xn--mller-kva.example", ("https", "xn--mller-kva.example", 443)),
        ("http://localhost:11434", ("http", "localhost", 11434)),
        ("http://127.0.0.1:8080/v1", ("http", "127.0.0.1", 8080)),
        ("http://127.8.8.8", ("http", "127.8.8.8", 80)),
        ("http://[::1]:1234", ("http", "::1", 1234)),
        ("http://ollama.localhost", ("http", "ollama.localhost", 80)),
    ],
)
def test_ordinary_endpoints_are_taken_apart(url: str, expected: tuple[str, str, int]) -> None:
    """Public ones by https, this machine's by either."""
    found = check_endpoint(url)
    assert expected == (found.scheme, found.host, found.port)


def test_plain_http_stays_on_this_machine() -> None:
    """A key does not cross the internet in the clear, unless the operator says so."""
    with pytest.raises(InvalidInput, match="https"):
        check_endpoint("http://api.example.com")
    assert 80 == check_endpoint("http://api.example.com", allowed_hosts=("api.example.com",)).port


def test_two_ports_must_agree() -> None:
    """The port beside the URL is the port; a contradiction is refused."""
    assert 9000 == check_endpoint("https://api.example.com", port=9000).port
    assert 9000 == check_endpoint("https://api.example.com:9000", port=9000).port
    with pytest.raises(InvalidInput, match="9001"):
        check_endpoint("https://api.example.com:9000", port=9001)


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_in_ipv6_never_widens_its_reach(
    address: ipaddress.IPv4Address,
) -> None:
    """Mapped, 6to4, NAT64 and compatible forms are never more public than the address itself."""
    number = int(address)
    order = [Reach.FORBIDDEN, Reach.PRIVATE, Reach.LOOPBACK, Reach.PUBLIC]
    bare = order.index(judge_address(address))
    for wrapped in (
        ipaddress.IPv6Address((0xFFFF << 32) | number),
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80)),
        ipaddress.IPv6Address((0x64FF9B << 96) | number),
    ):
        assert order.index(judge_address(wrapped)) <= bare


@given(st.ip_addresses())
def test_every_address_that_is_not_global_is_no_public_one(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    """What the registries call not globally reachable is loopback, private or forbidden."""
    if judge_address(address) is Reach.PUBLIC and not address.is_global:
        assert address.version == 6
        assert address.ipv4_mapped or address.sixtofour or address.teredo


@given(st.text(max_size=60))
def test_any_text_is_accepted_or_refused_with_a_sentence(text: str) -> None:
    """Nothing else is raised, whatever stands where the URL should be."""
    for url in (text, f"https://{text}", f"https://[{text}]", f"http://{text}/v1"):
        try:
            found = check_endpoint(url)
        except InvalidInput as error:
            refusal = str(error)
        else:
            refusal = "."
            assert found.reach is not Reach.FORBIDDEN
        assert refusal.endswith(".")
