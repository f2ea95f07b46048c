#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| reference_server::fuzz::cookie(bytes));
