# Everything a fresh Debian 12 machine with git, make and a Swift 6.3 toolchain needs.
#   make lab    what is missing installed, a release build, native, VXLAN and GENEVE side by side
#   make test   the same set-up, and all the tests

# The lab kernel, where Debian has one: a user-mode Linux for x86.
LAB_KERNEL    := $(if $(filter x86_64 i686,$(shell uname -m)),user-mode-linux kmod)
LAB_PACKAGES  := libnl-3-dev libnl-route-3-dev libnl-genl-3-dev pkg-config nftables iproute2 \
	util-linux iperf3 $(LAB_KERNEL)
TEST_PACKAGES := $(LAB_PACKAGES) tcpdump tshark iputils-arping iputils-ping procps ethtool \
	bsdutils python3-jsonschema chromium-headless-shell

SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
# The tests make namespaces; an ordinary user may do so in a user namespace of his own.
AS_ROOT := $(shell [ "$$(id -u)" = 0 ] || echo unshare --user --map-current-user --keep-caps)
RELEASE := .build/release/vipjuggler
PROMTOOL := .build/tools/usr/bin/promtool

# Installs those of the packages $(1) that dpkg does not know as installed; nothing when all are.
define install
	@missing=""; for p in $(1); do \
	  dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q '^install ok installed$$' \
	    || missing="$$missing $$p"; \
	done; \
	if [ -n "$$missing" ]; then \
	  echo "installing:$$missing"; \
	  $(SUDO) apt-get update -q \
	    && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -q $$missing; \
	fi
endef

.PHONY: lab build test lint bench dist setup setup-test setup-bench clean

lab: build
	$(RELEASE) compare topologies/two-node.yaml

build: setup
	swift build -c release --product vipjuggler

test: setup-test
	swift build --build-tests
	$(AS_ROOT) swift test --skip-build

lint: setup
	swift format lint --recursive --strict Package.swift Sources Tests
	swift build --explicit-target-dependency-import-check error

bench: build setup-bench
	Benchmarks/run

# One static executable: a machine needs nothing installed to run it.
dist: setup
	swift build -c release --product vipjuggler --scratch-path .build-static \
	  -Xswiftc -static-executable
	mkdir -p dist
	strip -o dist/vipjuggler .build-static/release/vipjuggler

setup:
	$(call install,$(LAB_PACKAGES))

setup-bench:
	$(call install,$(TEST_PACKAGES) python3)

setup-test: $(PROMTOOL)
	$(call install,$(TEST_PACKAGES))

# Out of Debian's package, which installed would start a server.
$(PROMTOOL):
	mkdir -p .build/tools
	cd .build/tools && { apt-get download -q prometheus \
	  || { $(SUDO) apt-get update -q && apt-get download -q prometheus; } }
	dpkg-deb -x .build/tools/prometheus_*.deb .build/tools
	touch $@

clean:
	rm -rf .build .build-static dist
