"""Which titles can be what a wish means: titles of our own, in the manner of deals."""

import pytest

from common.things.thing import thing_of
from scanner.watchlist.matching import Candidate, Offer, Sought, candidates, is_match
from scanner.watchlist.watch import WatchFields
from tests.unit.scanner.fakes import NOW
from tests.unit.scanner.watchlist.watches import watch

THE_THING = [
    ("65 inch OLED TV", 'Lumen 65" Class B7 OLED 4K Smart TV'),
    ("65 inch OLED TV", "Lumen OLED65B7 65-Inch OLED evo Television for $1,099 + free shipping"),
    ("airpods pro 2", "Apple AirPods Pro (2nd Generation) for $179"),
    ("AirPods 4", "Apple AirPods 4 w/ Active Noise Cancellation"),
    ("Makita 18V impact driver", "Makita XDT11Z 18V LXT Cordless Impact Driver (Tool Only)"),
    ("LEGO 75192", "7541-Piece LEGO Millennium Falcon (75192)"),
    ("256GB iPhone 15", "Apple iPhone 15 256GB Unlocked"),
    ("iPhone 15 Pro Max", "Apple iPhone 15 Pro Max 256GB"),
    ("Galaxy Watch 5", "Samsung Galaxy Watch5 44mm GPS"),
    ("Sony WH-1000XM5 headphones", "Sony WH1000XM5 Wireless Over-Ear Noise-Canceling Headphones"),
    ("Logitech G502 mouse", "Logitech G502 Hero"),
    ("MacBook Pro 16 inch", "Apple MacBook Pro 16.2in 512GB SSD"),
    ("27 inch 1440p monitor", 'Acme 27" 2560x1440 144Hz Monitor'),
    ("RTX 4070 graphics card", "Acme GeForce RTX4070 12GB GDDR6X Graphics Card"),
    ("i7-8700K", "Intel 8700K"),
    ("PS5 console", "Sony PlayStation 5 Slim Console"),
    ("Nintendo Switch 2", "Nintendo Switch 2 Console 256GB"),
    ("iPad Pro 11 case", 'Acme Folio for iPad Pro (11")'),
    ("65 inch TV wall mount", 'Acme Wall Mount for 32" to 70" TVs'),
    ("camping tent for 4 people", "Acme 2/4/6 Person Camping Tent w/ Rainfly"),
    ("Fire TV Stick 4K", "Amazon Fire TV Stick 4K Plus"),
    ("Xbox Series X", "Microsoft Xbox Series X 1TB Console"),
    ("wifi 7 router", "Acme BE5000 Dual-Band Wi-Fi 7 Router"),
    ("Makita 18V battery", "Makita BL1850B 18V 5.0Ah Battery"),
    ("robot vacuum", "Acme Robotic Vacuum and Mop"),
    ("Samsung 860 EVO 1TB", "1 TB Samsung 860 EVO SSD"),
    ("pink iMac 24 inch", "Apple 24 inch iMac M4 pink"),
    ("running shoes men", "Acme Men's or Women's Running Shoes"),
    ("smart watch for women", "Smart Watch for Women Men, Fitness Tracker"),
    ("Acme 24-70mm lens for Sony", "Acme 24-70mm F2.8 Lens Sony E Mount"),
    ("Acme 24-70mm lens for Sony", "Acme 24-70mm F2.8 Lens for Sony E"),
    ("hex dumbbell 20 lb", "Acme Hex Dumbbell 5-50 LBS Single"),
    ("wireless mouse", "Acme Wired/Wireless Mouse"),
    ("open ear headphones", "Acme Open-Ear Clip-On Earbuds"),
    ("Acme Radeon 7850", "Acme 2GB 7850"),
    ("GTX 1080", "Acme 1080 Gaming GPU GTX1080"),
    ("GTX 560 Ti", "Acme GTX 560ti"),
    ("8GB DDR3 RAM", "Acme (2 x 4GB) 240-Pin DDR3 1600 Desktop Memory"),
    ("Acme quarter-zip sweater", "Acme Saratoga Quarter-Zip"),
    ("Acme chromebook", "Acme Chromebook 14 Laptop"),
    ("Acme laptop", "Acme 14 Inch Laptop 8GB 256GB HD Webcam"),
]
ANOTHER = [
    ("65 inch OLED TV", 'Lumen 55" Class B7 OLED 4K Smart TV'),
    ("65 inch OLED TV", 'Lumen 65" QLED 4K Smart TV'),
    ("65 inch OLED TV", "65 inch TV wall mount"),
    ("65 inch OLED TV", "Lumen OLED 4K Smart TV"),  # of no size that is told
    ("airpods pro 2", "Case for AirPods Pro 2"),
    ("airpods pro 2", "Apple AirPods Pro 3"),
    ("airpods pro 2", "Apple AirPods 4"),
    ("AirPods 4", "Apple AirPods 4th Generation - Left, Right, Case for Replacement"),
    ("Makita 18V impact driver", "Makita BL1850B 18V Battery"),
    ("Makita 18V impact driver", "Makita 12V max Impact Driver"),
    ("Makita 18V impact driver", "Impact Driver Bit Set for Makita"),
    ("LEGO 75192", "LEGO Star Wars AT-ST (75254)"),
    ("256GB iPhone 15", "Apple iPhone 15 128GB Unlocked"),
    ("256GB iPhone 15", "Apple iPhone 15 Pro 256GB"),
    ("256GB iPhone 15", "Apple iPhone 16 256GB"),
    ("256GB iPhone 15", "For iPhone 15 14 13 Hard Case + Tempered Glass 256GB"),
    ("Galaxy S22 Ultra", "Samsung Galaxy S22+ 128GB"),
    ("Sony WH-1000XM5 headphones", "Sony WF-1000XM5 Earbuds"),
    ("Sony WH-1000XM5 headphones", "Sony WH-1000XM6 Headphones"),
    ("RTX 4070 graphics card", "Acme Gaming Laptop i7-13650HX RTX 4070"),
    ("RTX 4070", "Acme Desktop, Ryzen 7 5700X, RTX 4070, 1TB SSD"),
    ("GTX 1080", "Acme GTX 1080 Ti"),
    ("PS5 console", "College Football 30 - Sony PlayStation 5"),
    ("Nintendo Switch 2", "Official Nintendo Switch 2 Camera"),
    ("Nintendo Switch 2", "Pikmin 3 Deluxe - Nintendo Switch"),
    ("Fire TV Stick 4K", 'Acme 55" 4K Smart Fire TV'),
    ("Xbox Series X", "Microsoft Xbox One X 1TB Console"),
    ("27 inch 1440p monitor", 'Acme 27" 4K 3840x2160 Monitor'),
    ("camping tent for 4 people", "Acme 2 Person Camping Tent"),
    ("wifi 7 router", "Acme AX1800 Dual-Band WiFi 6 Router"),
    ("4TB portable SSD", "Acme 4TB 2.5 Inch SATA SSD"),
    ("Canon EOS R6 body", "Canon EOS R6 Mark II Body"),
    ("wireless gaming headset", "Acme Wired Gaming Headset"),
    ("Apple Watch strap", "Samsung Galaxy Watch Marine Band Replacement Strap"),
    ("Apple Watch", "Classic Strap for Apple Watch (45mm)"),
    ("pink iMac 24 inch", "Apple 24 inch iMac M4 blue"),
    ("chromebook", "Acme 15.6 inch Laptop"),
    ("JBL bluetooth speaker", "Acme Bluetooth Speaker"),
    ("Acme laptop", "Acme Chromebook 14 Laptop"),
    ("running shoes men", "Acme Women's Running Shoes"),
    ("smart watch for women", "Acme Smart Watch for Men, Fitness Tracker"),
    ("smart watch for women", "Acme Smart Watch"),
    ("Acme 24-70mm lens for Sony", "Acme 24-70mm F2.8 Lens, L-Mount"),
    ("Acme 24-70mm E-mount lens", "Acme 24-70mm F2.8 Lens, L-Mount"),
    ("hex dumbbell 60 lb", "Acme Hex Dumbbell 5-50 LBS Single"),
    ("navy jacket", "Acme Jacket Black"),
    ("Acme Radeon 7850", "Lumen Radeon 7850 2GB"),  # another maker's card with that chip
    ("4GB DDR3 RAM", "Acme (2 x 4GB) 240-Pin DDR3 1600 Desktop Memory"),
    ("Acme fleece hoodie", "Acme Fleece Half Zip"),
    ("Acme 75 inch TV", "Acme 75 Inch TV Deals at a Shop: Up to 53% off"),
    ("iPad 10th generation", 'Apple iPad 9th Gen - 10.2" 64GB'),
]


def found(text: str, title: str) -> list[Candidate]:
    return candidates([Sought.of(watch(text))], [Offer.of(title, "", 50.0, "new")])


@pytest.mark.parametrize(("text", "title"), THE_THING)
def test_it_is_the_thing(text: str, title: str) -> None:
    (candidate,) = found(text, title)
    assert is_match(candidate, 0.6)


@pytest.mark.parametrize(("text", "title"), ANOTHER)
def test_it_is_another(text: str, title: str) -> None:
    assert not [each for each in found(text, title) if is_match(each, 0.6)]


def test_a_size_may_stand_in_the_text() -> None:
    sought = Sought.of(watch("65 inch OLED TV"))
    title = "Lumen B7 OLED TV"
    assert candidates([sought], [Offer.of(title, "A 65 inch screen.", 900.0, "new")])
    assert not candidates([sought], [Offer.of(title, "A 55 inch screen.", 900.0, "new")])


def test_a_hostile_title_is_read_in_no_time() -> None:
    for text in ("5-" * 5_000, "for " * 5_000, "x+ " * 5_000, "9 x " * 5_000, "1,111" * 5_000, "5-50 to " * 5_000):
        assert thing_of(text).head == ""


def test_a_watch_is_read_by_its_words_each_time() -> None:
    assert Sought.of(watch("oled tv")).wish.thing.kinds == {"tv"}
    assert watch("oled tv").fields == WatchFields(text="oled tv")
    assert watch("oled tv").created == NOW
