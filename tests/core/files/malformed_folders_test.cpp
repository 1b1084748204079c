#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QtTest>
#include <functional>

#include "core/files/error.h"
#include "core/files/json.h"
#include "core/files/mapped_file.h"
#include "core/files/model_folder.h"
#include "file_builders.h"
#include "tests/slowdown.h"

using namespace fusionscope;
using namespace fusionscope::files;
using namespace fusionscope::test;
namespace fs = std::filesystem;

namespace {

/// Puts the files of one wrong folder into an empty one.
using Make = std::function<void(const fs::path& folder)>;

Make file(const std::string& name, const std::string& bytes) {
    return [=](const fs::path& folder) { writeFile(folder / name, bytes); };
}
Make config(const std::string& bytes) { return file("config.json", bytes); }
Make weights(const std::string& bytes) { return file("model.safetensors", bytes); }
Make weights(const std::string& header, const std::string& data) { return weights(safetensors(header, data)); }
Make archive(const std::string& bytes) { return file("pytorch_model.bin", bytes); }
Make pickled(const std::string& entries) { return archive(torchZip(pickle::dictionary(entries), {{"0", counting(4)}})); }
Make gguf(const std::string& bytes) { return file("model.gguf", bytes); }
Make gguf(GgufBuilder builder) { return gguf(builder.build()); }
Make sharded(const std::string& index, const std::vector<std::pair<std::string, std::string>>& shards = {}) {
    return [=](const fs::path& folder) {
        writeFile(folder / "model.safetensors.index.json", index);
        for (const auto& [name, bytes] : shards) writeFile(folder / name, bytes);
    };
}

std::string one(const std::string& tensor) { return std::string("{") + tensor + "}"; }
std::string shard(const std::string& tensor) { return safetensors(one(declared(tensor, "F32", "1", "0,4")), floats({1})); }
GgufBuilder ggufTensor(const std::vector<uint64_t>& dims, uint32_t type, const std::string& bytes, int64_t offset = -1) {
    auto builder = smallGguf();
    return builder.tensor("token_embd.weight", dims, type, bytes, offset);
}
GgufBuilder bareGguf() { return GgufBuilder().value("general.architecture", "llama"); }

/// The start of a header with so many tensors of long names and no bytes.
std::string manyTensors(int count) {
    std::string header = "{";
    for (int i = 0; i < count; ++i)
        header.append(i ? "," : "") += declared("model.layers.mlp.experts.a_name_of_ordinary_length." + std::to_string(i), "BF16", "0,4096", "0,0");
    return header;
}
std::string manyNotes(int count) {
    std::string notes;
    for (int i = 0; i < count; ++i) notes.append(i ? ",\"" : "\"").append(std::to_string(i)).append("\":\"\"");
    return notes;
}

/// The largest resident size of this process since the last reset, in KiB.
long peakMemory(bool reset) {
    if (reset) {
        QFile control("/proc/self/clear_refs");
        if (control.open(QIODevice::WriteOnly)) control.write("5");
    }
    QFile status("/proc/self/status");
    if (!status.open(QIODevice::ReadOnly)) return -1;
    for (const auto& line : status.readAll().split('\n'))
        if (line.startsWith("VmHWM:")) return line.mid(6).simplified().split(' ').first().toLong();
    return -1;
}

/// Everything that loading a model reads from its folder.
void readAll(const fs::path& path) {
    const auto folder = ModelFolder::open(path);
    const auto config = folder.json("config.json");
    Fields(config, folder.where("config.json")).integerOr("hidden_size", 1, {1, 1 << 20});
    folder.jsonIf("generation_config.json");
    folder.jsonIf("preprocessor_config.json");
    folder.jsonIf("tokenizer.json", vocabularyLimits);
    folder.tensors();
    folder.weightBytes();
}

}  // namespace

Q_DECLARE_METATYPE(Make)

/// Wrong checkpoints, each refused by a sentence that names the file and the reason, at once and without taking memory.
class MalformedFoldersTest : public QObject {
    Q_OBJECT

  private slots:
    void refuses_data();
    void refuses();
    void refusesFolderWithoutPermission();
    void acceptsTheSameFolderWhenItIsRight();
};

void MalformedFoldersTest::refuses_data() {
    QTest::addColumn<Make>("make");
    QTest::addColumn<QString>("culprit");
    QTest::addColumn<QString>("reason");
    const auto row = [](const char* name, const Make& make, const char* culprit, const char* reason) {
        QTest::newRow(name) << make << culprit << reason;
    };
    const char* const st = "model.safetensors";
    const char* const bin = "pytorch_model.bin";
    const char* const gg = "model.gguf";
    const char* const index = "model.safetensors.index.json";
    const auto nothing = [](const fs::path&) {};

    // The folder and its JSON
    row("no files at all", nothing, "folder", "holds no weights");
    row("config is a folder", [](const fs::path& f) { fs::create_directories(f / "config.json"); }, "config.json", "is a folder");
    row("config is a pipe", [](const fs::path& f) { ::mkfifo((f / "config.json").c_str(), 0600); }, "config.json", "pipe");
    row("config links to nothing", [](const fs::path& f) { fs::create_symlink("gone", f / "config.json"); }, "config.json", "cannot be read");
    row("config links to itself", [](const fs::path& f) { fs::create_symlink("config.json", f / "config.json"); }, "config.json", "cannot be read");
    row("config empty", config(""), "config.json", "is empty");
    row("config cut off", config(R"({"hidden_size": 10)"), "config.json", "not valid JSON");
    row("config with NaN", config(R"({"rms_norm_eps": NaN})"), "config.json", "not valid JSON");
    row("config with infinity", config(R"({"rms_norm_eps": Infinity})"), "config.json", "not valid JSON");
    row("config with 1e999", config(R"({"rms_norm_eps": 1e999})"), "config.json", "not valid JSON");
    row("config with a key twice", config(R"({"hidden_size": 1, "hidden_size": 2})"), "config.json", "stands twice");
    row("config deep", config(std::string(1'000'000, '[')), "config.json", "nested deeper");
    row("config deep objects", config(QByteArray(R"({"a":)").repeated(200'000).toStdString()), "config.json", "nested deeper");
    row("config is binary", config(std::string("\x7f" "ELF\0\1\2\3", 8)), "config.json", "not valid JSON");
    row("config is UTF-16", config(std::string("\xff\xfe{\0}\0", 6)), "config.json", "not valid JSON");
    row("config is a list", config("[1, 2]"), "config.json", "expected an object");
    row("config huge", config(std::string(std::size_t{20} << 20, ' ')), "config.json", "more than the");
    row("config of a million zeros", config(QByteArray("0,").repeated(1'500'000).prepend('[').append("0]").toStdString()), "config.json", "values");
    row("config with a size of 10^12", config(R"({"hidden_size": 1000000000000})"), "config.json", "hidden_size");
    row("config with a negative size", config(R"({"hidden_size": -4})"), "config.json", "hidden_size");
    row("config with a size in words", config(R"({"hidden_size": "many"})"), "config.json", "hidden_size");
    row("generation config broken", file("generation_config.json", "{"), "generation_config.json", "not valid JSON");
    row("preprocessor config empty", file("preprocessor_config.json", ""), "preprocessor_config.json", "is empty");
    row("tokenizer cut off", file("tokenizer.json", R"({"model": {"vocab": {"a": 1,)"), "tokenizer.json", "not valid JSON");
    row("only Flax weights", file("flax_model.msgpack", "x"), "folder", "flax_model.msgpack");
    row("shards without an index", file("model-00001-of-00002.safetensors", shard("a")), "folder", "model-00001-of-00002.safetensors");
    row("two GGUF files", [](const fs::path& f) { writeFile(f / "a.gguf", "GGUF"); writeFile(f / "b.gguf", "GGUF"); }, "folder", "a.gguf");

    // safetensors
    row("empty", weights(""), st, "has 0 bytes");
    row("seven bytes", weights("1234567"), st, "has 7 bytes");
    row("header longer than the file", weights(bytesOf(uint64_t{5000}) + "{}"), st, "header of 5000 bytes");
    row("header of 2^63 bytes", weights(bytesOf(uint64_t{1} << 63) + "{}"), st, "header of 9223372036854775808");
    row("header of 2^64 - 1 bytes", weights(bytesOf(~uint64_t{0}) + "{}"), st, "header of 18446744073709551615");
    row("header of no bytes", weights(bytesOf(uint64_t{0}) + "{}"), st, "begin with {");
    row("header cut off", weights(safetensors(R"({"a":{"dtype":"F32")", "")), st, "not valid JSON");
    row("header of another format", weights(std::string("PK\3\4") + std::string(100, 'x')), st, "header of");
    row("header begins with a space", weights(" {}", ""), st, "begin with {");
    row("header is a list in braces", weights("{[]}", ""), st, "not valid JSON");
    row("header with bad UTF-8", weights("{\"\xff\xfe\":1}", ""), st, "not valid JSON");
    row("header with text behind", weights("{}{}", ""), st, "not valid JSON");
    row("header deep", weights(QByteArray(R"({"a":)").repeated(100'000).toStdString(), ""), st, "unknown field \"a\"");
    row("header deep lists", weights(R"({"a":{"shape":)" + std::string(1'000'000, '['), ""), st, "cannot be a list");
    row("tensor twice", weights(one(declared("a", "F32", "1", "0,4") + "," + declared("a", "F32", "1", "4,8")), floats({1, 2})), st, "\"a\" stands twice");
    row("field twice", weights(R"({"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", floats({1})), st, "\"dtype\" stands twice");
    row("field missing", weights(R"({"a":{"dtype":"F32","shape":[1]}})", floats({1})), st, "has no data_offsets");
    row("field unknown", weights(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"run":"rm"}})", floats({1})), st, "unknown field \"run\"");
    row("type unknown", weights(one(declared("a", "F31", "1", "0,4")), floats({1})), st, "\"F31\"");
    row("type not supported", weights(one(declared("a", "F8_E4M3", "4", "0,4")), floats({1})), st, "\"F8_E4M3\"");
    row("type of another size", weights(one(declared("a", "F16", "1", "0,4")), floats({1})), st, "cannot take 4 bytes");
    row("shape with 10^12 elements", weights(one(declared("a", "F32", "1000000,1000000", "0,4")), floats({1})), st, "cannot take 4 bytes");
    row("shape that overflows", weights(one(declared("a", "F32", "4294967296,4294967296,4294967296", "0,4")), floats({1})), st, "cannot take 4 bytes");
    row("shape negative", weights(one(declared("a", "F32", "-1", "0,4")), floats({1})), st, "negative");
    row("shape with a fraction", weights(one(declared("a", "F32", "1.0", "0,4")), floats({1})), st, "cannot be 1.0");
    row("shape beyond 2^63", weights(one(declared("a", "F32", "18446744073709551615", "0,4")), floats({1})), st, "18446744073709551615");
    row("shape of a thousand axes", weights(one(declared("a", "F32", QByteArray("1,").repeated(1000).append("1").toStdString(), "0,4")), floats({1})), st, "too many numbers");
    row("offsets out of range", weights(one(declared("a", "F32", "2", "0,8")), floats({1})), st, "ends at byte 8 of 4");
    row("offsets backwards", weights(one(declared("a", "F32", "1", "4,0")), floats({1})), st, "ends before it");
    row("offsets overlap", weights(one(declared("a", "F32", "2", "0,8") + "," + declared("b", "F32", "2", "4,12")), counting(3)), st, "inside another tensor");
    row("offsets the same twice", weights(one(declared("a", "F32", "1", "0,4") + "," + declared("b", "F32", "1", "0,4")), floats({1})), st, "inside another tensor");
    row("offsets leave a gap", weights(one(declared("a", "F32", "1", "0,4") + "," + declared("b", "F32", "1", "8,12")), counting(3)), st, "leaving a gap");
    row("offsets start late", weights(one(declared("a", "F32", "1", "4,8")), counting(2)), st, "leaving a gap");
    row("bytes behind the last tensor", weights(one(declared("a", "F32", "1", "0,4")), counting(2)), st, "its tensors take 4");
    row("data cut off", weights(one(declared("a", "F32", "1000", "0,4000")), counting(10)), st, "ends at byte 4000 of 40");
    row("three offsets", weights(one(declared("a", "F32", "1", "0,2,4")), floats({1})), st, "too many numbers");
    row("metadata not texts", weights(R"({"__metadata__":{"a":1}})", ""), st, "cannot be 1");
    row("name of a megabyte", weights(one(declared(std::string(1'000'000, 'n'), "F32", "1", "0,4")), floats({1})), st, "longer than 1024");
    row("header of one endless text", weights(R"({")" + std::string(15'000'000, 'a') + R"("})", ""), st, "text longer than 1048576");
    row("header of spaces", weights(std::string(15'000'000, ' ').replace(0, 1, "{") + "}", ""), st, "text longer than 1048576");
    row("header of many tensors, then an error", weights(manyTensors(80'000) + ",", ""), st, "not valid JSON");
    row("header of too many tensors", weights(manyTensors(120'000) + "}", ""), st, "more than 100000 tensors");
    row("header of too many notes", weights(R"({"__metadata__":{)" + manyNotes(500'000) + "}}", ""), st, "more than 10000 entries");
    row("header of 90 million bytes", weights(bytesOf(uint64_t{90'000'000}) + "{}"), st, "header of 90000000");
    row("weights are a folder", [](const fs::path& f) { fs::create_directories(f / "model.safetensors"); }, "folder", "holds no weights");

    // Shards
    row("index empty", sharded(""), index, "is empty");
    row("index names nothing", sharded(R"({"metadata":{},"weight_map":{}})"), index, "names no tensor");
    row("index without a map", sharded(R"({"metadata":{}})"), index, "weight_map is missing");
    row("index map is a list", sharded(R"({"weight_map":["a"]})"), index, "expected an object");
    row("index with a key twice", sharded(R"({"weight_map":{"a":"s.safetensors","a":"s.safetensors"}})"), index, "stands twice");
    row("index leads out", sharded(R"({"weight_map":{"a":"../s.safetensors"}})"), index, "not a plain file name");
    row("index absolute", sharded(R"({"weight_map":{"a":"/etc/passwd"}})"), index, "not a plain file name");
    row("index names a number", sharded(R"({"weight_map":{"a":1}})"), index, "not a plain file name");
    row("shard missing", sharded(R"({"weight_map":{"a":"s1.safetensors","b":"s2.safetensors"}})", {{"s1.safetensors", shard("a")}}), index, "missing: s2.safetensors");
    row("shard without its tensor", sharded(R"({"weight_map":{"a":"s1.safetensors","b":"s1.safetensors"}})", {{"s1.safetensors", shard("a")}}), index, "b in s1.safetensors");
    row("shard empty", sharded(R"({"weight_map":{"a":"s1.safetensors"}})", {{"s1.safetensors", ""}}), "s1.safetensors", "has 0 bytes");
    row("shard of the other index missing", file("pytorch_model.bin.index.json", R"({"weight_map":{"a":"p1.bin"}})"), "pytorch_model.bin.index.json", "missing: p1.bin");

    // pytorch_model.bin
    const std::string storage = pickle::storage("FloatStorage", "0", 4);
    row("bin empty", archive(""), bin, "not a zip archive");
    row("bin is a bare pickle", archive(pickle::dictionary("")), bin, "not a zip archive");
    row("bin cut off", archive(torchZip(pickle::dictionary(""), {{"0", counting(4)}}).substr(0, 150)), bin, "not a zip archive");
    row("bin without a pickle", archive(ZipBuilder().add("archive/version", "3").build()), bin, "no data.pkl");
    row("bin compressed", archive([] { ZipBuilder zip; zip.method = 8; return zip.add("archive/data.pkl", "x").build(); }()), bin, "is compressed");
    row("bin encrypted", archive([] { ZipBuilder zip; zip.flags = 1; return zip.add("archive/data.pkl", "x").build(); }()), bin, "is encrypted");
    row("bin with an entry twice", archive(ZipBuilder().add("archive/data.pkl", "a").add("archive/data.pkl", "b").build()), bin, "stands twice");
    row("bin that claims more entries", archive(ZipBuilder().add("archive/data.pkl", "x").build(60000)), bin, "cannot list 60000");
    row("bin big-endian", archive(ZipBuilder().add("archive/data.pkl", pickle::dictionary("")).add("archive/byteorder", "big").build()), bin, "byte order");
    row("bin that runs os.system", pickled(pickle::text("a") + pickle::global("os", "system") + pickle::tuple(pickle::text("true")) + "R"), bin, "os.system");
    row("bin with a bad opcode", pickled("\x81"), bin, "NEWOBJ");
    row("bin that is no dictionary", archive(torchZip("\x80\x02)." , {})), bin, "no dictionary");
    row("bin with a number for a tensor", pickled(pickle::text("epoch") + pickle::integer(3)), bin, "\"epoch\" is no tensor");
    row("bin with a tensor twice", pickled(pickle::text("a") + pickle::tensor(storage, 0, {1}, {1}) + pickle::text("a") + pickle::tensor(storage, 0, {1}, {1})), bin, "\"a\" stands twice");
    row("bin with a tensor beyond its storage", pickled(pickle::text("a") + pickle::tensor(storage, 2, {3}, {1})), bin, "reaches beyond");
    row("bin with a storage that is missing", pickled(pickle::text("a") + pickle::tensor(pickle::storage("FloatStorage", "7", 4), 0, {4}, {1})), bin, "\"7\", which is missing");
    row("bin with a storage too large", pickled(pickle::text("a") + pickle::tensor(pickle::storage("FloatStorage", "0", 1 << 30), 0, {4}, {1})), bin, "holds 4");
    row("bin with 10^12 elements", pickled(pickle::text("a") + pickle::tensor(storage, 0, {1'000'000, 1'000'000}, {0, 0})), bin, "over and over");
    row("bin with negative sizes", pickled(pickle::text("a") + pickle::tensor(storage, 0, {-1}, {1})), bin, "shape wrongly");
    row("bin of three million values", archive(torchZip("\x80\x02" + std::string(3'000'000, ')') + ".", {})), bin, "more than 400000 values");
    row("bin of endless marks", archive(torchZip("\x80\x02" + std::string(3'000'000, '(') + ".", {})), bin, "more than 400000 values");
    row("bin with a pickle cut off", archive(torchZip("\x80\x02}(X", {})), bin, "ends too early");

    // GGUF
    row("gguf empty", gguf(""), gg, "does not begin with GGUF");
    row("gguf with another magic", gguf([] { auto b = smallGguf(); b.magic = "GGML"; return b; }()), gg, "does not begin with GGUF");
    row("gguf version 1", gguf([] { auto b = smallGguf(); b.version = 1; return b; }()), gg, "version 1");
    row("gguf big-endian", gguf([] { auto b = smallGguf(); b.version = 3U << 24; return b; }()), gg, "big-endian");
    row("gguf cut off", gguf(smallGguf().build().substr(0, 100)), gg, "ends too early");
    row("gguf with 10^12 tensors", gguf([] { auto b = smallGguf(); b.claimedTensors = 1'000'000'000'000; return b; }()), gg, "states 1000000000000 tensors");
    row("gguf with 10^12 values", gguf([] { auto b = smallGguf(); b.claimedValues = 1'000'000'000'000; return b; }()), gg, "states 1000000000000 values");
    row("gguf with a text of 2^60 bytes", gguf(bareGguf().raw("a", 8, bytesOf(uint64_t{1} << 60))), gg, "text of 1152921504606846976 bytes");
    row("gguf with a list of 2^60 numbers", gguf(bareGguf().raw("a", 9, bytesOf(uint32_t{4}) + bytesOf(uint64_t{1} << 60))), gg, "more than fit");
    row("gguf with a list of 10^9 texts", gguf(bareGguf().raw("a", 9, bytesOf(uint32_t{8}) + bytesOf(uint64_t{1'000'000'000}))), gg, "list of 1000000000 texts");
    row("gguf with lists of lists", gguf(bareGguf().raw("a", 9, bytesOf(uint32_t{9}) + bytesOf(uint64_t{1}))), gg, "list of the unknown type 9");
    row("gguf with a value of no type", gguf(bareGguf().raw("a", 77, "")), gg, "unknown type 77");
    row("gguf with a truth value of 7", gguf(bareGguf().raw("a", 7, "\7")), gg, "truth value of 7");
    row("gguf with a key twice", gguf(bareGguf().value("general.architecture", "llama")), gg, "stands twice");
    row("gguf with a key of no bytes", gguf(bareGguf().value("", "x")), gg, "is no name");
    row("gguf of another architecture", gguf(GgufBuilder().value("general.architecture", "mamba")), gg, "\"mamba\"");
    row("gguf without an architecture", gguf(GgufBuilder().value("a", 1U)), gg, "general.architecture is missing");
    row("gguf without sizes", gguf(bareGguf()), gg, "llama.attention.head_count is missing");
    row("gguf without an embedding", gguf(smallGguf()), gg, "token_embd.weight is missing");
    row("gguf with an unknown tensor type", gguf(ggufTensor({4, 3}, 99, counting(12))), gg, "unknown type 99");
    row("gguf with a refused tensor type", gguf(ggufTensor({256, 1}, 10, counting(21))), gg, "Q2_K");
    row("gguf with half a block", gguf(ggufTensor({33, 1}, 8, counting(20))), gg, "cannot have shape [1, 33]");
    row("gguf with 10^12 elements", gguf(ggufTensor({1'000'000, 1'000'000}, 0, counting(12))), gg, "beyond the end");
    row("gguf with sizes that overflow", gguf(ggufTensor({uint64_t{1} << 40, uint64_t{1} << 40}, 0, counting(12))), gg, "cannot have shape");
    row("gguf with five axes", gguf(ggufTensor({1, 1, 1, 1, 1}, 0, counting(1))), gg, "has 5 axes");
    row("gguf with an axis of zero", gguf(ggufTensor({0, 3}, 0, "")), gg, "axis of 0");
    row("gguf with data cut off", gguf(ggufTensor({4, 30}, 0, counting(12))), gg, "beyond the end");
    row("gguf with an offset out of place", gguf(ggufTensor({4, 3}, 0, counting(12), 64)), gg, "begins at byte 64");
    row("gguf with an odd alignment", gguf(smallGguf().value("general.alignment", 24U)), gg, "power of two");
    row("gguf with types for no tokens", gguf([] { auto b = smallGguf(); return b.raw("tokenizer.ggml.scores", 9, bytesOf(uint32_t{6}) + bytesOf(uint64_t{1}) + floats({1})).tensor("token_embd.weight", {4, 3}, 0, counting(12)); }()), gg, "1 scores");
    row("gguf with a NaN epsilon", gguf(GgufBuilder().value("general.architecture", "llama").value("llama.context_length", 64U).value("llama.embedding_length", 4U).value("llama.block_count", 1U).value("llama.feed_forward_length", 8U).value("llama.attention.head_count", 2U).value("llama.attention.layer_norm_rms_epsilon", std::nanf("")).tensor("token_embd.weight", {4, 3}, 0, counting(12))), gg, "layer_norm_rms_epsilon");
}

void MalformedFoldersTest::refuses() {
    QFETCH(Make, make);
    QFETCH(QString, culprit);
    QFETCH(QString, reason);
    const QTemporaryDir temporary;
    const fs::path folder = fs::path(temporary.path().toStdString()) / "folder";
    fs::create_directories(folder);
    make(folder);
    if (!fs::exists(fs::symlink_status(folder / "config.json")) && culprit != "model.gguf") writeFile(folder / "config.json", "{}");

    const long before = peakMemory(true);
    QElapsedTimer timer;
    timer.start();
    QString message;
    try {
        readAll(folder);
    } catch (const Error& error) {
        message = QString::fromStdString(error.what());
        QVERIFY2(QString::fromStdString(error.where()).endsWith('/' + culprit), error.what());
    }
    const auto elapsed = timer.elapsed();
    const long growth = peakMemory(false) - before;
    QVERIFY2(!message.isEmpty(), "accepted");
    QVERIFY2(message.contains(reason), qPrintable(message));
    QVERIFY2(message.size() < 700, qPrintable(message));
    QVERIFY2(elapsed < 1000 * tests::slowdown, qPrintable(QString::number(elapsed)));
    QVERIFY2(before > 0 && growth < 64 * 1024, qPrintable(QString::number(growth)));
}

void MalformedFoldersTest::refusesFolderWithoutPermission() {
    const QTemporaryDir temporary;
    const fs::path root = temporary.path().toStdString();
    writeFile(root / "config.json", "{}");
    writeFile(root / "secret.safetensors", shard("a"));
    fs::permissions(root / "secret.safetensors", fs::perms::none);
    fs::permissions(root, fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
    // The administrator may read everything: look with another user's eyes.
    const auto own = ::geteuid();
    if (own == 0) ::setfsuid(65534);
    QString message;
    try {
        MappedFile::open(root / "secret.safetensors");
    } catch (const Error& error) {
        message = error.what();
    }
    if (own == 0) ::setfsuid(own);
    QVERIFY2(message.contains("secret.safetensors: cannot be read: Permission denied"), qPrintable(message));
}

// Otherwise every row above could be refused for a reason of its own.
void MalformedFoldersTest::acceptsTheSameFolderWhenItIsRight() {
    const std::vector<Make> right{
        weights(one(declared("a", "F32", "2", "0,8") + "," + declared("b", "F32", "1", "8,12")), counting(3)),
        sharded(R"({"weight_map":{"a":"s1.safetensors","b":"s2.safetensors"}})", {{"s1.safetensors", shard("a")}, {"s2.safetensors", shard("b")}}),
        pickled(pickle::text("a") + pickle::tensor(pickle::storage("FloatStorage", "0", 4), 0, {2, 2}, {2, 1})),
        gguf(ggufTensor({4, 3}, 0, counting(12))),
    };
    for (const auto& make : right) {
        const QTemporaryDir folder;
        make(folder.path().toStdString());
        writeFile(fs::path(folder.path().toStdString()) / "config.json", R"({"hidden_size": 4})");
        readAll(folder.path().toStdString());
    }
}

QTEST_GUILESS_MAIN(MalformedFoldersTest)
#include "malformed_folders_test.moc"
