"""Two worked examples: a request, its event data, and the request that leaves for it."""

from __future__ import annotations

from core.types import Event, Request

AGENT = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari"
    "/537.36 Edg/142.0.0.0"
)

PAGE_VIEW = Request(
    id="r1",
    received_at=1_764_340_311_502_345,
    method="GET",
    path="/g/collect",
    query_string=(
        "v=2&tid=G-ABC123XYZ0&gtm=45je5bi1v896246467za200&_p=1764340309313&gcs=G111&gcd=13t3t3t3t5l1&npa=0&dma=0&cid=13"
        "07714608.1760043792&ecid=2122688280&ul=nl-nl&sr=1920x1080&_fplc=0&ur=NL-NH&uaa=arm&uab=64&uafvl=Chromium%3B142"
        ".0.7444.176%7CMicrosoft%2520Edge%3B142.0.3595.94%7CNot_A%2520Brand%3B99.0.0.0&uamb=0&uam=&uap=macOS&uapv=15.7."
        "1&uaw=0&are=1&frm=0&pscdl=noapi&_eu=EAAAAAQ&sst.rnd=2042025140.1764340310&sst.etld=google.nl&sst.tft=176434030"
        "9313&sst.lpc=3978671&sst.navt=n&sst.ude=0&sst.sw_exp=1&_s=1&tag_exp=103116026~103200004&sid=1764340309&sct=5&s"
        "eg=0&dl=https%3A%2F%2Fshop.example%2Fshoes%3Fcolor%3Dred&dr=https%3A%2F%2Fwww.bing.com%2F&dt=Red%20shoes%20%7C"
        "%20Shop&_tu=DAg&en=page_view&_ss=1&_ee=1&ep.login_status=guest&ep.sku_count=007&epn.stock=14&up.tier=gold&upn."
        "age=31&tfd=2135&richsstsse"
    ),
    headers=(("user-agent", AGENT),),
    ip="203.0.113.7",
)
PAGE_VIEW_EVENT: Event = {
    "x-ga-protocol_version": "2",
    "x-ga-measurement_id": "G-ABC123XYZ0",
    "x-ga-gtm_version": "45je5bi1v896246467za200",
    "x-ga-page_id": 1764340309313,
    "x-ga-gcs": "G111",
    "x-ga-gcd": "13t3t3t3t5l1",
    "x-ga-npa": "0",
    "x-ga-dma": "0",
    "client_id": "1307714608.1760043792",
    "x-ga-ecid": "2122688280",
    "language": "nl-nl",
    "screen_resolution": "1920x1080",
    "event_location": {"country": "NL", "region": "NH"},
    "x-ga-mp2-_fplc": "0",
    "client_hints": {
        "architecture": "arm",
        "bitness": "64",
        "full_version_list": [
            {"brand": "Chromium", "version": "142.0.7444.176"},
            {"brand": "Microsoft Edge", "version": "142.0.3595.94"},
            {"brand": "Not_A Brand", "version": "99.0.0.0"},
        ],
        "mobile": False,
        "model": "",
        "platform": "macOS",
        "platform_version": "15.7.1",
        "wow64": False,
    },
    "x-ga-are": "1",
    "x-ga-mp2-frm": "0",
    "x-ga-pscdl": "noapi",
    "x-ga-system_properties": {"eu": [4, 34], "tu": "DAg", "ss": "1", "ee": True},
    "x-sst-system_properties": {
        "rnd": "2042025140.1764340310",
        "etld": "google.nl",
        "tft": "1764340309313",
        "lpc": "3978671",
        "navt": "n",
        "ude": "0",
        "sw_exp": "1",
        "request_start_time_ms": 1764340311502,
    },
    "x-ga-request_count": 1,
    "x-ga-mp2-tag_exp": "103116026~103200004",
    "ga_session_id": "1764340309",
    "ga_session_number": 5,
    "x-ga-mp2-seg": "0",
    "page_location": "https://shop.example/shoes?color=red",
    "page_referrer": "https://www.bing.com/",
    "page_title": "Red shoes | Shop",
    "event_name": "page_view",
    "login_status": "guest",
    "sku_count": "007",
    "stock": 14,
    "x-ga-mp2-user_properties": {"tier": "gold", "age": 31},
    "x-ga-tfd": 2135,
    "x-ga-mp2-richsstsse": "",
    "ip_override": "203.0.113.7",
    "user_agent": AGENT,
}
PAGE_VIEW_URL = (
    "https://www.google-analytics.com/g/collect?v=2&tid=G-ABC123XYZ0&gtm=45je5bi1v896246467za200&_p=1764340309313&g"
    "cs=G111&gcd=13t3t3t3t5l1&npa=0&dma=0&cid=1307714608.1760043792&ecid=2122688280&ul=nl-nl&sr=1920x1080&ur=NL-NH&"
    "are=1&frm=0&pscdl=noapi&uaa=arm&uab=64&uafvl=Chromium%3B142.0.7444.176%7CMicrosoft%2520Edge%3B142.0.3595.94%7C"
    "Not_A%2520Brand%3B99.0.0.0&uamb=0&uam=&uap=macOS&uapv=15.7.1&uaw=0&_eu=EAAAAAQ&_uip=203.0.113.7&_s=1&tag_exp=1"
    "03116026~103200004&sid=1764340309&sct=5&seg=0&dl=https%3A%2F%2Fshop.example%2Fshoes%3Fcolor%3Dred&dr=https%3A%"
    "2F%2Fwww.bing.com%2F&dt=Red%20shoes%20%7C%20Shop&_tu=DAg&en=page_view&ep.login_status=guest&ep.sku_count=007&e"
    "pn.stock=14&_ss=1&_ee=1&up.tier=gold&upn.age=31&tfd=2135"
)

BATCH = Request(
    id="r2",
    received_at=1_764_340_324_410_999,
    method="POST",
    path="/g/collect",
    query_string=(
        "v=2&tid=G-ABC123XYZ0&gtm=45je5bi1v896246467za200&_p=1764340309313&gcd=13l3l3l3l1l1&npa=0&dma=0&cid=1307714608."
        "1760043792&ecid=2122688280&ul=nl-nl&sr=1920x1080&_fplc=0&ur=NL-NH&uaa=arm&uab=64&uafvl=Chromium%3B142.0.7444.1"
        "76&uamb=0&uam=&uap=macOS&uapv=15.7.1&uaw=0&frm=0&pscdl=noapi&_eu=AAAAAAQ&sst.etld=google.nl&sst.tft=1764340309"
        "313&sst.navt=n&sst.ude=0&tag_exp=103116026~103200004&uid=U-42&sid=1764340309&sct=5&seg=1&dl=https%3A%2F%2Fshop"
        ".example%2Fshoes%3Fcolor%3Dred&dt=Red%20shoes%20%7C%20Shop&_s=3&tfd=14872&richsstsse"
    ),
    headers=(("user-agent", AGENT), ("content-type", "text/plain;charset=UTF-8")),
    body=b"\r\n".join(
        [
            b"en=scroll&epn.percent_scrolled=90&_et=1510",
            (
                b"en=add_to_cart&_ee=1&pr1=idSKU%201~nmRunner%20~~%20one~brAcme~caShoes~pr59.5~qt2~lp0~k0size~v042~k1fit~v1wide&"
                b"pr2=idSKU%202~nmSocks~pr4~qt1&epn.value=123&ep.coupon=SPRING&_et=705&dl=https%3A%2F%2Fshop.example%2Fcart&dt=C"
                b"art&cu=EUR"
            ),
        ]
    ),
    ip="203.0.113.7",
)
BATCH_EVENTS: list[Event] = [
    {
        "x-ga-protocol_version": "2",
        "x-ga-measurement_id": "G-ABC123XYZ0",
        "x-ga-gtm_version": "45je5bi1v896246467za200",
        "x-ga-page_id": 1764340309313,
        "x-ga-gcd": "13l3l3l3l1l1",
        "x-ga-npa": "0",
        "x-ga-dma": "0",
        "client_id": "1307714608.1760043792",
        "x-ga-ecid": "2122688280",
        "user_id": "U-42",
        "language": "nl-nl",
        "screen_resolution": "1920x1080",
        "event_location": {"country": "NL", "region": "NH"},
        "x-ga-mp2-_fplc": "0",
        "client_hints": {
            "architecture": "arm",
            "bitness": "64",
            "full_version_list": [{"brand": "Chromium", "version": "142.0.7444.176"}],
            "mobile": False,
            "model": "",
            "platform": "macOS",
            "platform_version": "15.7.1",
            "wow64": False,
        },
        "x-ga-mp2-frm": "0",
        "x-ga-pscdl": "noapi",
        "x-ga-system_properties": {"eu": [34]},
        "x-sst-system_properties": {
            "etld": "google.nl",
            "tft": "1764340309313",
            "navt": "n",
            "ude": "0",
            "request_start_time_ms": 1764340324410,
        },
        "x-ga-request_count": 3,
        "x-ga-mp2-tag_exp": "103116026~103200004",
        "ga_session_id": "1764340309",
        "ga_session_number": 5,
        "x-ga-mp2-seg": "1",
        "page_location": "https://shop.example/shoes?color=red",
        "page_title": "Red shoes | Shop",
        "event_name": "scroll",
        "engagement_time_msec": 1510,
        "percent_scrolled": 90,
        "x-ga-tfd": 14872,
        "x-ga-mp2-richsstsse": "",
        "ip_override": "203.0.113.7",
        "user_agent": AGENT,
    },
    {
        "x-ga-protocol_version": "2",
        "x-ga-measurement_id": "G-ABC123XYZ0",
        "x-ga-gtm_version": "45je5bi1v896246467za200",
        "x-ga-page_id": 1764340309313,
        "x-ga-gcd": "13l3l3l3l1l1",
        "x-ga-npa": "0",
        "x-ga-dma": "0",
        "client_id": "1307714608.1760043792",
        "x-ga-ecid": "2122688280",
        "user_id": "U-42",
        "language": "nl-nl",
        "screen_resolution": "1920x1080",
        "event_location": {"country": "NL", "region": "NH"},
        "x-ga-mp2-_fplc": "0",
        "client_hints": {
            "architecture": "arm",
            "bitness": "64",
            "full_version_list": [{"brand": "Chromium", "version": "142.0.7444.176"}],
            "mobile": False,
            "model": "",
            "platform": "macOS",
            "platform_version": "15.7.1",
            "wow64": False,
        },
        "x-ga-mp2-frm": "0",
        "x-ga-pscdl": "noapi",
        "x-ga-system_properties": {"eu": [34], "ee": True},
        "x-sst-system_properties": {
            "etld": "google.nl",
            "tft": "1764340309313",
            "navt": "n",
            "ude": "0",
            "request_start_time_ms": 1764340324410,
        },
        "x-ga-request_count": 3,
        "x-ga-mp2-tag_exp": "103116026~103200004",
        "ga_session_id": "1764340309",
        "ga_session_number": 5,
        "x-ga-mp2-seg": "1",
        "page_location": "https://shop.example/cart",
        "page_title": "Cart",
        "event_name": "add_to_cart",
        "engagement_time_msec": 705,
        "x-ga-tfd": 14872,
        "x-ga-mp2-richsstsse": "",
        "ip_override": "203.0.113.7",
        "user_agent": AGENT,
        "value": 123,
        "coupon": "SPRING",
        "currency": "EUR",
        "items": [
            {
                "item_id": "SKU 1",
                "item_name": "Runner ~ one",
                "item_brand": "Acme",
                "item_category": "Shoes",
                "price": 59.5,
                "quantity": 2,
                "index": 0,
                "size": "42",
                "fit": "wide",
            },
            {"item_id": "SKU 2", "item_name": "Socks", "price": 4, "quantity": 1},
        ],
    },
]
BATCH_URL = (
    "https://www.google-analytics.com/g/collect?v=2&tid=G-ABC123XYZ0&gtm=45je5bi1v896246467za200&_p=1764340309313&g"
    "cd=13l3l3l3l1l1&npa=0&dma=0&cid=1307714608.1760043792&ecid=2122688280&ul=nl-nl&sr=1920x1080&ur=NL-NH&frm=0&psc"
    "dl=noapi&uaa=arm&uab=64&uafvl=Chromium%3B142.0.7444.176&uamb=0&uam=&uap=macOS&uapv=15.7.1&uaw=0&_eu=AAAAAAQ&_u"
    "ip=203.0.113.7&_s=3&tag_exp=103116026~103200004&uid=U-42&sid=1764340309&sct=5&seg=1&dl=https%3A%2F%2Fshop.exam"
    "ple%2Fshoes%3Fcolor%3Dred&dt=Red%20shoes%20%7C%20Shop&tfd=14872"
)
BATCH_LINES = [
    "en=scroll&epn.percent_scrolled=90&_et=1510",
    (
        "en=add_to_cart&epn.value=123&ep.coupon=SPRING&_et=705&pr1=idSKU%201~nmRunner%20~~%20one~brAcme~caShoes~pr59.5~"
        "qt2~lp0~k0size~v042~k1fit~v1wide&pr2=idSKU%202~nmSocks~pr4~qt1&_ee=1&dl=https%3A%2F%2Fshop.example%2Fcart&dt=C"
        "art&cu=EUR"
    ),
]
