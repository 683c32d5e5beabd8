#!/bin/sh
# Build the consumer projects outside the library's tree, each in its own way, and run what runs.
#
#     run.sh SOURCE_DIR CARGO_TARGET_DIR host|cortex-m3
#
# Needs cmake, make, pkg-config; for cortex-m3 arm-none-eabi-gcc.
set -eu

source=$1
cargo=$2
platform=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$source/ffi-tests/consumers" "$work/consumers"

case $platform in
host)
    toolchain=
    export CC="${CC:-cc}" CFLAGS= LDFLAGS=
    ;;
cortex-m3)
    # rdimon brings start-up code, so that a program with a main links.
    toolchain="-DCMAKE_TOOLCHAIN_FILE=$source/cmake/arm-none-eabi.cmake"
    export CC=arm-none-eabi-gcc CFLAGS="-mcpu=cortex-m3 -mthumb" LDFLAGS="--specs=rdimon.specs -Wl,-z,noexecstack"
    ;;
esac

# build NAME SOURCE [CMAKE OPTION...]
build() {
    name=$1
    from=$2
    shift 2
    cmake -S "$from" -B "$work/$name" ${toolchain:+"$toolchain"} "-DW5100_CARGO_TARGET_DIR=$cargo" "$@"
    cmake --build "$work/$name"
}

# check NAME PROGRAM: it is there, and on the host it runs.
check() {
    test -s "$2"
    if [ "$platform" = host ]; then
        "$2"
    fi
    echo "== $1: passed"
}

prefix=$work/prefix
build library "$source" -DW5100_BUILD_TESTS=OFF -DW5100_BUILD_EXAMPLES=OFF -DW5100_SIMULATOR=OFF \
    -DCMAKE_INSTALL_LIBDIR=lib
cmake --install "$work/library" --prefix "$prefix"

build with_add_subdirectory "$work/consumers/add_subdirectory" "-DW5100_SOURCE_DIR=$source"
check add_subdirectory "$work/with_add_subdirectory/app"

build tcp_only "$work/consumers/add_subdirectory" "-DW5100_SOURCE_DIR=$source" -DW5100_UDP=OFF
check tcp_only "$work/tcp_only/app"

build with_find_package "$work/consumers/find_package" "-DCMAKE_PREFIX_PATH=$prefix"
check find_package "$work/with_find_package/app"

export PKG_CONFIG_PATH="$prefix/lib/pkgconfig" PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1
make -C "$work/consumers/pkg_config"
check pkg_config "$work/consumers/pkg_config/app"
