# Everything a fresh Debian 12 machine with git, make and a Swift 6.3 toolchain needs; `make help`
# lists it.

# The lab kernel, where Debian has one: a user-mode Linux for x86.
LAB_KERNEL    := $(if $(filter x86_64 i686,$(shell uname -m)),user-mode-linux kmod)
LAB_PACKAGES  := libnl-3-dev libnl-route-3-dev libnl-genl-3-dev nettle-dev pkg-config nftables \
	iproute2 util-linux iperf3 $(LAB_KERNEL)
TEST_PACKAGES := $(LAB_PACKAGES) tcpdump tshark iputils-arping iputils-ping procps ethtool \
	bsdutils python3-jsonschema chromium-headless-shell keepalived ucarp python3-scapy python3 \
	openssh-client libwrap0 libxml2-utils openssl libnet1 libplumb2 curl

SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
# The tests make namespaces; an ordinary user may do so in a user namespace of his own.
AS_ROOT := $(shell [ "$$(id -u)" = 0 ] || echo unshare --user --map-current-user --keep-caps)
RELEASE := .build/release/vipjuggler
# By lld: the usual linker prints a page of what the C library says of names in static programs. Without
# symbols, as it is sent to machines.
STATIC := -Xswiftc -static-executable -Xswiftc -Xclang-linker -Xswiftc -fuse-ld=lld -Xlinker -s
# What is built for tests: with the lines of the source and no more for a debugger, which takes a third less
# time to make.
CHECKED := -Xswiftc -gline-tables-only -Xswiftc -use-ld=lld
PROMTOOL := .build/tools/usr/bin/promtool
IFUPDOWN2 := .build/tools/usr/share/ifupdown2/__main__.py
SSHD := .build/tools/usr/sbin/sshd
OCF_TESTER := .build/tools/usr/sbin/ocf-tester
NDPPD := .build/tools/usr/sbin/ndppd

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

PREFIX ?= /usr/local
DOCUMENTS = $(PREFIX)/share/doc/vipjuggler
# Cluster managers look nowhere but in /usr.
OCF_FOLDER = $(PREFIX)/lib/ocf/resource.d/vipjuggler
# Where the shell looks in /usr, and where in /usr/local.
ZSH_FOLDER = $(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)
COMPLETIONS := bash zsh fish
PROGRAM ?= $(RELEASE)
# Of what is made to be handed on.
NAME = vipjuggler-$(shell dist/vipjuggler --version)-linux-$(shell uname -m)
DEB = vipjuggler_$(shell dist/vipjuggler --version)_$(shell dpkg --print-architecture).deb
EPOCH = $(shell git log -1 --format=%ct)
# The plugin builds what it needs its own way, and is not to put that in the program's place.
MANUAL := .build/manual/plugins/GenerateManual/outputs/vipjuggler/vipjuggler.1

.PHONY: help lab build test fuzz faults sanitize lint schema picture bench static dist deb manual completions install \
	install-files uninstall setup setup-test setup-bench clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

lab: build ## install what is missing, build, show a switch that is stuck and two overlays that are not
	$(RELEASE) compare topologies/hetzner-vswitch.yaml --seed 12 --every 1200ms --handovers 5 \
	  --latency-samples 200
	@echo; $(RELEASE)

build: setup ## a release build, a static executable that needs nothing installed: .build/release/vipjuggler
	swift build -c release --product vipjuggler $(STATIC)

test: setup-test ## all the tests, on the real kernel; TESTS=LedgerTests those of a suite
	swift build --build-tests $(CHECKED)
	$(AS_ROOT) swift test --skip-build $(if $(TESTS),--filter '$(TESTS)')

# Instrumented, and by libFuzzer's own driver, which the toolchain has.
FUZZ_FLAGS = -Xswiftc -O -Xswiftc -sanitize=address \
	-Xswiftc -sanitize-coverage=edge,trace-cmp,inline-8bit-counters,pc-table -Xlinker \
	$(shell clang -print-file-name=libclang_rt.fuzzer_no_main-$(shell uname -m).a) -Xlinker -lstdc++
FUZZ_SECONDS ?= 60

fuzz: setup ## bytes that nobody wrote, for FUZZ_SECONDS=60 at each of a dozen doors
	FUZZ=1 swift build --scratch-path .build/fuzz --product Fuzz $(FUZZ_FLAGS)
	SECONDS_EACH=$(FUZZ_SECONDS) Tests/Fuzz/run

faults: build setup-test ## a machine that lacks something, and MOMENTS=1000 signals at moments that SEED=1 chooses
	MOMENTS=$(or $(MOMENTS),1000) SEED=$(or $(SEED),1) Tests/Faults/run

# Of the thread sanitizer the compiler cannot make NodeAgent.
UNDISTURBED := ^(PacketsTests|TopologyModelTests|FailoverMethodsTests|MeasurementTests|RecordsTests|ReportsTests|SmallToolsTests|NodeAgentTests|LinuxNetTests)\.
ADDRESSED = --scratch-path .build/address --sanitize=address $(CHECKED)

sanitize: setup-test ## the tests that need no lab, with the address sanitizer
	swift build --build-tests $(ADDRESSED)
	ASAN_OPTIONS=detect_leaks=0 $(AS_ROOT) swift test --skip-build $(ADDRESSED) --filter '$(UNDISTURBED)'

lint: setup ## format, imports, and the arrows between modules
	.ci/arrows
	swift format lint --recursive --strict Package.swift Sources Tests
	swift build --explicit-target-dependency-import-check error $(CHECKED)

schema: setup-test ## the schemas in docs anew, from the types
	swift build --build-tests $(CHECKED)
	UPDATE_EXPECTED=1 swift test --skip-build --filter SchemaTests

picture: build setup-test ## docs/page.png anew, the page of the run kept in docs/hetzner-vswitch.json
	$(RELEASE) report docs/hetzner-vswitch.json --html .build/page.html > .build/page.txt
	chromium-headless-shell --no-sandbox --hide-scrollbars --window-size=1100,1750 \
	  --screenshot=docs/page.png file://$(CURDIR)/.build/page.html

bench: build setup-bench ## ours, the peers' and the ratio, measured in one run
	Benchmarks/run

static: build ## the same at dist/vipjuggler
	install -D $(RELEASE) dist/vipjuggler

dist: static manual completions ## a tarball around the static executable, and its SHA-256
	rm -rf .build/tree
	$(MAKE) -s install-files PROGRAM=dist/vipjuggler DESTDIR=.build/tree/ PREFIX=$(NAME)
	tar -C .build/tree --sort=name --owner=0 --group=0 --numeric-owner --mtime=@$(EPOCH) \
	  -c $(NAME) | gzip -9 -n > dist/$(NAME).tar.gz
	cd dist && sha256sum $(NAME).tar.gz > $(NAME).tar.gz.sha256
	@echo; cat dist/$(NAME).tar.gz.sha256

deb: static manual completions ## a Debian package around it, checked by lintian, installed and removed once
	$(call install,lintian)
	rm -rf .build/tree
	$(MAKE) -s install-files PROGRAM=dist/vipjuggler DESTDIR=.build/tree PREFIX=/usr
	SOURCE_DATE_EPOCH=$(EPOCH) packaging/deb .build/tree dist/$(DEB)
	lintian --fail-on error --allow-root dist/$(DEB)
	packaging/try dist/$(DEB)
	@echo; ls -l dist/$(DEB)

manual: build ## a man page
	swift package --scratch-path .build/manual plugin generate-manual

completions: build ## shell completions
	mkdir -p .build/completions
	for shell in $(COMPLETIONS); do \
	  $(RELEASE) --generate-completion-script $$shell > .build/completions/$$shell || exit 1; \
	done
	sed -i '1{/^#!/d}' .build/completions/*

install: manual completions ## program, man page, completions, topologies, docs under PREFIX (/usr/local)
	$(MAKE) -s install-files

install-files:
	install -D -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/vipjuggler
	install -D -m 644 $(MANUAL) $(DESTDIR)$(PREFIX)/share/man/man1/vipjuggler.1
	install -D -m 644 .build/completions/bash \
	  $(DESTDIR)$(PREFIX)/share/bash-completion/completions/vipjuggler
	install -D -m 644 .build/completions/zsh \
	  $(DESTDIR)$(PREFIX)/share/zsh/$(ZSH_FOLDER)/_vipjuggler
	install -D -m 644 .build/completions/fish \
	  $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/vipjuggler.fish
	install -D -m 755 -t $(DESTDIR)$(OCF_FOLDER) ocf/vipjuggler/*
	install -D -m 755 -t $(DESTDIR)$(DOCUMENTS)/ocf/naive ocf/naive/*
	install -D -m 644 -t $(DESTDIR)$(DOCUMENTS) README.md CHANGELOG.md ARCHITECTURE.md CONTRIBUTING.md
	install -D -m 644 -t $(DESTDIR)$(DOCUMENTS)/Benchmarks Benchmarks/README.md
	install -D -m 644 -t $(DESTDIR)$(DOCUMENTS)/docs docs/*
	install -D -m 644 -t $(DESTDIR)$(DOCUMENTS)/topologies topologies/*

uninstall: ## what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/vipjuggler $(DESTDIR)$(PREFIX)/share/man/man1/vipjuggler.1 \
	  $(DESTDIR)$(PREFIX)/share/bash-completion/completions/vipjuggler \
	  $(DESTDIR)$(PREFIX)/share/zsh/$(ZSH_FOLDER)/_vipjuggler \
	  $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/vipjuggler.fish
	rm -rf $(DESTDIR)$(DOCUMENTS) $(DESTDIR)$(OCF_FOLDER)

setup:
	$(call install,$(LAB_PACKAGES))

setup-bench: $(SSHD)
	$(call install,$(TEST_PACKAGES) gcc libc6-dev fping)

setup-test: $(PROMTOOL) $(IFUPDOWN2) $(SSHD) $(OCF_TESTER) $(NDPPD)
	$(call install,$(TEST_PACKAGES))

# Out of Debian's package $(1), which installed would start a server, or displace another.
define unpack
	mkdir -p .build/tools
	cd .build/tools && { apt-get download -q $(1) \
	  || { $(SUDO) apt-get update -q && apt-get download -q $(1); } }
	dpkg-deb -x .build/tools/$(1)_*.deb .build/tools
	touch $@
endef

$(PROMTOOL):
	$(call unpack,prometheus)

$(IFUPDOWN2):
	$(call unpack,ifupdown2)

$(SSHD):
	$(call unpack,openssh-server)

$(OCF_TESTER):
	$(call unpack,resource-agents)

$(NDPPD):
	$(call unpack,ndppd)

clean: ## what was built
	rm -rf .build dist
