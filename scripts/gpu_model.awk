# What docs/cuda.md ("What it should cost") predicts for a run, in ms: forward pass, backward pass,
# and both; "-" where it says nothing. The model is one of compute capability 9.0.
#   -v device=NAME -v capability=M.N -v multiprocessors=N -v precision=f64|f32
#   -v qubits=N -v layers=N -v batch=N -v sweeps=N -v state_bytes=N -v kind=forward|gradient|batch

# Bytes a second of a copy: 4.3 TB/s on an H200 of 4.8 by its datasheet, and the same share of others.
function bandwidth() {
    if (device ~ /H200/) return 4.3e12
    if (device ~ /H100 80GB HBM3/) return 4.3 / 4.8 * 3.35e12
    return 0
}

function ms(seconds) { return seconds > 0 ? sprintf("%.4g", 1e3 * seconds) : "-" }

BEGIN {
    hertz = 1.98e9 # an H200's 33.5 TFLOP/s in f64 by its datasheet, over 132 * 128 a clock
    tile_bytes = 32768 # a state of one tile never leaves shared memory
    if (capability == "9.0" && kind == "batch" && qubits == 10 && precision == "f64") {
        # Four blocks a multiprocessor, 3500 clocks a layer for both directions of each.
        waves = int((batch + 4 * multiprocessors - 1) / (4 * multiprocessors))
        both = waves * 4 * 3500 * layers / hertz
    } else if (capability == "9.0" && kind != "batch" && qubits == 10 && precision == "f64") {
        forward = 2900 * layers / hertz
        backward = 6300 * layers / hertz
    } else if (capability == "9.0" && kind != "batch" && state_bytes > tile_bytes && bandwidth() > 0) {
        # Each sweep has every amplitude once in and once out; backward, two states.
        forward = 2 * state_bytes * sweeps / bandwidth()
        backward = 2 * forward
    }
    if (kind == "forward") backward = 0
    if (!both) both = forward + backward
    print ms(forward), ms(backward), ms(both)
}
