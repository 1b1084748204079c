#include "core/nn/quantized.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <QtTest>
#include <filesystem>
#include <fstream>

#include "core/files/dequantize.h"
#include "core/files/error.h"
#include "core/files/safetensors.h"
#include "core/nn/kernels/few_rows.h"
#include "core/nn/linear.h"

using namespace fusionscope;
using at::Tensor;
using nn::LinearFormat;
using nn::QuantizedMatrix;
using nn::QuantizedParts;
using nn::kernels::MatrixForm;

namespace {

double normError(const Tensor& found, const Tensor& expected) {
    const Tensor wide = expected.to(c10::kDouble);
    return ((found.to(c10::kDouble) - wide).norm() / wide.norm()).item<double>();
}

Tensor whole(const QuantizedParts& parts) {
    return parts.dequantized(0, parts.out(), c10::kFloat);
}

std::map<std::string, Tensor, std::less<>> named(const QuantizedParts& parts) {
    return {{parts.form == MatrixForm::Int8 ? "weight.int8" : "weight.int4", parts.values},
            {"weight.scale", parts.scales}};
}

/// Memory of this process that holds pages of files.
long residentFileKilobytes() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("RssFile:")) return std::strtol(line.c_str() + 8, nullptr, 10);
    return 0;
}

nn::Weights weightsOf(std::map<std::string, Tensor, std::less<>> tensors, nn::WeightOptions options = {}) {
    return nn::Weights(std::make_shared<nn::WeightStore>(std::move(tensors), options));
}

}  // namespace

class Quantized : public QObject {
    Q_OBJECT

    static void shapes() {
        QTest::addColumn<int>("bits");
        QTest::addColumn<int>("out");
        QTest::addColumn<int>("in");
        QTest::addColumn<int>("group");
        for (auto [out, in] :
             {std::pair{64, 64}, {320, 320}, {96, 864}, {257, 96}, {1, 32}, {7, 40}, {1000, 33}, {2049, 512}})
            for (auto [bits, group] : {std::pair{8, 32}, {4, 32}, {4, 64}, {4, 128}})
                QTest::addRow("int%d %dx%d group %d", bits, out, in, group) << bits << out << in << group;
    }

  private slots:
    void init() { at::manual_seed(5); }

    void productsEqualThoseOfTheDequantisedMatrix_data() { shapes(); }
    void productsEqualThoseOfTheDequantisedMatrix() {
        QFETCH(int, bits);
        QFETCH(int, out);
        QFETCH(int, in);
        QFETCH(int, group);
        const auto wanted = bits == 8 ? LinearFormat::Int8 : LinearFormat::Int4;
        const auto parts = nn::quantize(at::randn({out, in}), wanted, group);
        const Tensor dense = whole(parts);
        const QuantizedMatrix matrix(parts);
        QCOMPARE(matrix.out(), out);
        QCOMPARE(matrix.in(), in);
        for (int64_t rows : {1, 2, 7, 64}) {
            const Tensor x = at::randn({rows, in});
            const Tensor expected = x.matmul(dense.t());
            const double tiles = normError(matrix.timesByTiles(x), expected);
            QVERIFY2(tiles < 1e-5, qPrintable(QString("tiles, %1 rows: %2").arg(rows).arg(tiles)));
            const double ours = normError(nn::kernelTimes(x, matrix.view()), expected);
            QVERIFY2(ours < 1e-4, qPrintable(QString("kernels, %1 rows: %2").arg(rows).arg(ours)));
            nn::kernels::useAtMost(nn::kernels::Instructions::Plain);
            const double plain = normError(nn::kernelTimes(x, matrix.view()), expected);
            nn::kernels::useAtMost(nn::kernels::Instructions::Avx512);
            QVERIFY2(plain < 1e-4, qPrintable(QString("plain code, %1 rows: %2").arg(rows).arg(plain)));
            // bf16 keeps eight bits of the input and of the result.
            const double both = normError(matrix.times(x.to(c10::kBFloat16)), expected);
            QVERIFY2(both < 8e-3, qPrintable(QString("bf16, %1 rows: %2").arg(rows).arg(both)));
        }
    }

    void outliersDoNotDrownTheirNeighbours() {
        // Language models have a few activations a thousand times larger than the others.
        Tensor x = at::randn({1, 512});
        x[0][37] = 3000.0;
        const Tensor weight = at::randn({64, 512});
        weight.select(1, 37).zero_();
        for (auto [format, most] : {std::pair{LinearFormat::Int8, 0.01}, {LinearFormat::Int4, 0.2}}) {
            const auto parts = nn::quantize(weight, format, 32);
            const Tensor expected = x.matmul(whole(parts).t());
            QVERIFY(normError(QuantizedMatrix(parts).times(x), expected) < most);
        }
    }

    void whatIsNotFiniteStaysSo() {
        const Tensor weight = at::randn({40, 96});
        for (auto format : {LinearFormat::Int8, LinearFormat::Int4})
            for (const double bad : {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
                Tensor x = at::randn({2, 96});
                x[1][50] = bad;
                const Tensor y = QuantizedMatrix(nn::quantize(weight, format, 32)).times(x);
                QVERIFY(y[0].isfinite().all().item<bool>());
                QVERIFY(!y[1].isfinite().any().item<bool>());
            }
    }

    void matricesAreReadInAnyAlignment() {
        const auto moved = [](const Tensor& x) {
            const Tensor bytes = at::empty({static_cast<int64_t>(x.nbytes()) + 2}, c10::kByte);
            const Tensor place = at::from_blob(bytes.data_ptr<uint8_t>() + 2, x.sizes(), [bytes](void*) {}, x.options());
            return place.copy_(x);
        };
        const Tensor x = at::randn({1, 96});
        for (auto format : {LinearFormat::Int8, LinearFormat::Int4}) {
            const auto parts = nn::quantize(at::randn({33, 96}), format, 32);
            const QuantizedMatrix shifted({parts.form, moved(parts.values), moved(parts.scales)});
            QVERIFY(at::equal(shifted.times(x), QuantizedMatrix(parts).times(x)));
        }
    }

    void denseRowsAreReadWhereTheyLie() {
        if (nn::kernels::instructions() == nn::kernels::Instructions::Plain) QSKIP("this processor has no AVX2");
        for (auto type : {c10::kBFloat16, c10::kFloat})
            for (int64_t in : {1, 15, 16, 33, 864})
                for (int64_t rows : {1, 3, 7}) {
                    const Tensor whole = at::randn({71, in}).to(type), x = at::randn({rows, in}).to(type);
                    const Tensor weight = whole.narrow(0, 1, 70), bias = at::randn({70}).to(type);  // no vector is aligned
                    const nn::Linear layer(weight, {});
                    const auto view = layer.kernelView();
                    QVERIFY(view && view->values == weight.const_data_ptr());
                    const Tensor expected = x.to(c10::kFloat).matmul(weight.to(c10::kFloat).t());
                    const double error = normError(layer(x), expected);
                    QVERIFY2(error < (type == c10::kFloat ? 1e-6 : 4e-3),
                             qPrintable(QString("%1 columns: %2").arg(in).arg(error)));
                    QVERIFY(normError(nn::Linear(weight, bias)(x), expected + bias.to(c10::kFloat)) < 8e-3);
                    // In fp32 nothing is rounded at all.
                    QVERIFY(normError(layer(x.to(c10::kFloat)), expected) < 1e-6);
                }
        QVERIFY(!nn::Linear(at::randn({4, 16}).t(), {}).kernelView());
        QVERIFY(!nn::Linear(at::randn({4, 16}).to(c10::kHalf), {}).kernelView());
        QVERIFY(!nn::Linear().kernelView());
    }

    void blocksOfFilesAreComputedFromAsTheyAre_data() {
        QTest::addColumn<int>("type");
        QTest::addColumn<int>("heads");
        for (auto type : {files::DType::Q8_0, files::DType::Q4_0, files::DType::Q4_1})
            for (int heads : {0, 3}) QTest::addRow("%s, %d heads", files::name(type), heads) << static_cast<int>(type) << heads;
    }
    void blocksOfFilesAreComputedFromAsTheyAre() {
        QFETCH(int, type);
        QFETCH(int, heads);
        const auto dtype = static_cast<files::DType>(type);
        const auto block = files::blockSize(dtype);
        const int64_t out = 66, in = 288, blocks = out * in / block.values;
        const Tensor stored = at::randint(256, {blocks, block.bytes}, c10::kByte);
        // Scales, and minima of Q4_1, of ordinary size: exponents 8 to 15 of half precision, any sign.
        for (int64_t place : dtype == files::DType::Q4_1 ? std::vector<int64_t>{1, 3} : std::vector<int64_t>{1})
            stored.select(1, place).bitwise_and_(0x9f).bitwise_or_(0x20);
        files::TensorEntry entry;
        entry.dtype = dtype;
        entry.shape = {out, in};
        entry.bytes = {static_cast<const std::byte*>(stored.const_data_ptr()), stored.nbytes()};
        entry.file = "x.gguf";
        entry.interleavedHeads = heads;
        const Tensor numbers = at::empty({out, in});
        files::dequantize(entry, {numbers.data_ptr<float>(), static_cast<size_t>(out * in)});

        nn::WeightOptions options;
        options.keepBlocks = true;
        const auto read = [&](int64_t rows, nn::WeightOptions with) {
            return nn::Linear(nn::Weights(std::make_shared<nn::WeightStore>(files::TensorTable{{"weight", entry}}, with)), in,
                              rows, false);
        };
        const nn::Linear layer = read(out, options);
        QVERIFY(layer.quantized() != nullptr);
        QVERIFY(at::equal(layer.quantized()->numbers(0, out, c10::kFloat), numbers));
        QVERIFY(at::equal(layer.quantized()->numbers(5, 40, c10::kFloat), numbers.narrow(0, 5, 40)));
        QCOMPARE(layer.quantized()->bytes(), blocks * block.bytes);
        for (int64_t rows : {1, 2, 8, 20}) {
            const Tensor x = at::randn({rows, in}), expected = x.matmul(numbers.t());
            for (int run = 0; run < 2; ++run) layer(x);
            const double error = normError(layer(x), expected);
            QVERIFY2(error < 5e-5, qPrintable(QString("%1 rows: %2").arg(rows).arg(error)));
        }
        QVERIFY(read(out, {}).quantized() == nullptr);
        QVERIFY(at::equal(read(out, {}).weight(), numbers));
        QVERIFY_THROWS_EXCEPTION(Error, read(out + 1, options));
    }

    void roundingLosesNoMoreThanItMust_data() { shapes(); }
    void roundingLosesNoMoreThanItMust() {
        QFETCH(int, bits);
        QFETCH(int, out);
        QFETCH(int, in);
        QFETCH(int, group);
        const Tensor weight = at::randn({out, in});
        const auto parts = nn::quantize(weight, bits == 8 ? LinearFormat::Int8 : LinearFormat::Int4, group);
        const double error = normError(whole(parts), weight);
        const double most = parts.form == MatrixForm::Int8 ? 0.009 : parts.groupSize() == 32 ? 0.085 : 0.11;
        QVERIFY2(error < most, qPrintable(QString::number(error)));
    }

    void groupsThatDoNotFitGiveWay() {
        QCOMPARE(nn::quantizedForm(LinearFormat::Int4, 128, 256).groupSize, 128);
        QCOMPARE(nn::quantizedForm(LinearFormat::Int4, 128, 192).groupSize, 64);
        QCOMPARE(nn::quantizedForm(LinearFormat::Int4, 128, 864).groupSize, 32);
        QCOMPARE(nn::quantizedForm(LinearFormat::Int4, 64, 256).groupSize, 64);
        QVERIFY(nn::quantizedForm(LinearFormat::Int4, 128, 100).format == LinearFormat::Int8);
        QVERIFY(nn::quantizedForm(LinearFormat::Int8, 32, 96).format == LinearFormat::Int8);
    }

    void constantAndZeroRowsAreExact() {
        const Tensor weight = at::cat({at::zeros({3, 64}), at::full({3, 64}, 0.5), at::full({3, 64}, -0.25)});
        QVERIFY(normError(whole(nn::quantize(weight, LinearFormat::Int4, 32)), weight) < 1e-6);
        QVERIFY(normError(whole(nn::quantize(weight, LinearFormat::Int8, 32)), weight) < 4e-3);
        QVERIFY(whole(nn::quantize(weight, LinearFormat::Int8, 32)).narrow(0, 0, 3).abs().max().item<double>() == 0.0);
    }

    void aLayerQuantisesOnLoadWhenAsked() {
        for (auto format : {LinearFormat::Int8, LinearFormat::Int4}) {
            nn::WeightOptions options;
            options.linear = format;
            const Tensor weight = at::randn({128, 96}), bias = at::randn({128}), x = at::randn({2, 5, 96});
            const auto weights = weightsOf({{"weight", weight}, {"bias", bias}}, options);
            const nn::Linear layer(weights, 96, 128, true, format);
            QVERIFY(layer.quantized() != nullptr);
            QVERIFY(!layer.weight().defined());
            const Tensor result = layer(x);
            QCOMPARE(result.sizes(), at::IntArrayRef({2, 5, 128}));
            QVERIFY(normError(result, at::linear(x, weight, bias)) < (format == LinearFormat::Int8 ? 0.01 : 0.1));
            const nn::Linear dense(weightsOf({{"weight", weight}, {"bias", bias}}, options), 96, 128, true);
            QVERIFY(dense.quantized() == nullptr);
        }
    }

    void sourcesAreGivenBackAfterQuantising() {
        const QTemporaryDir scratch;
        const auto file = std::filesystem::path(scratch.path().toStdString()) / "model.safetensors";
        {
            const Tensor weight = at::randn({4096, 4096}).to(c10::kBFloat16);  // 32 MiB
            const std::span bytes(static_cast<const std::byte*>(weight.const_data_ptr()), weight.nbytes());
            files::writeSafetensors(file, {{{"weight", files::DType::BF16, {4096, 4096}}, bytes}});
        }
        nn::WeightOptions options;
        for (auto format : {LinearFormat::Int8, LinearFormat::Int4}) {
            options.linear = format;
            const auto store = std::make_shared<nn::WeightStore>(files::readSafetensors(file).tensors, options);
            const long before = residentFileKilobytes();
            const nn::Linear layer(nn::Weights(store), 4096, 4096, false, format);
            QVERIFY(layer.quantized() != nullptr);
            QVERIFY(residentFileKilobytes() - before < 4096);
            // It can still be read: the table that output and embedding share is.
            const Tensor table = store->loadCompact("weight", {4096, 4096});
            QVERIFY(table.scalar_type() == c10::kBFloat16);
            QVERIFY(table.isfinite().all().item<bool>());
            QVERIFY(residentFileKilobytes() - before > 30000);
        }
    }

    void convertedCheckpointsGiveTheSameProducts() {
        const Tensor weight = at::randn({130, 96}), x = at::randn({9, 96});
        for (auto format : {LinearFormat::Int8, LinearFormat::Int4}) {
            const auto parts = nn::quantize(weight, format, 32);
            const auto headers = nn::quantizedTensors("weight", 130, 96, format, 32);
            const auto tensors = named(parts);
            QCOMPARE(headers.size(), size_t{2});
            for (const auto& header : headers) {
                QVERIFY(tensors.contains(header.name));
                QCOMPARE(tensors.at(header.name).sizes().vec(), header.shape);
            }
            const nn::Linear read(weightsOf(tensors), 96, 130, false);
            QVERIFY(at::equal(read(x), nn::Linear(parts)(x)));
        }
    }

    void refusesPartsThatDoNotFit_data() {
        QTest::addColumn<QString>("fault");
        for (const char* fault : {"type", "shape", "scale type", "scale shape", "scale missing", "group"})
            QTest::newRow(fault) << fault;
    }
    void refusesPartsThatDoNotFit() {
        QFETCH(QString, fault);
        auto tensors = named(nn::quantize(at::randn({64, 96}), LinearFormat::Int4, 32));
        if (fault == "type") tensors["weight.int4"] = tensors["weight.int4"].to(c10::kChar);
        if (fault == "shape") tensors["weight.int4"] = tensors["weight.int4"].narrow(0, 0, 63);
        if (fault == "scale type") tensors["weight.scale"] = tensors["weight.scale"].to(c10::kFloat);
        if (fault == "scale shape") tensors["weight.scale"] = tensors["weight.scale"].narrow(1, 0, 63);
        if (fault == "scale missing") tensors.erase("weight.scale");
        if (fault == "group") tensors["weight.scale"] = at::zeros({96, 64, 2}, c10::kBFloat16);
        QVERIFY_THROWS_EXCEPTION(Error, nn::Linear(weightsOf(tensors), 96, 64, false));
    }

    void threadsDoNotChangeTheResult() {
        for (auto format : {LinearFormat::Int8, LinearFormat::Int4}) {
            const nn::Linear layer(nn::quantize(at::randn({512, 256}), format, 64));
            for (int64_t rows : {1, 40}) {
                const Tensor x = at::randn({rows, 256});
                at::set_num_threads(1);
                const Tensor one = layer(x);
                at::set_num_threads(2);
                const Tensor two = layer(x);
                QVERIFY(normError(two, one) < 1e-5);
                QVERIFY(at::equal(layer(x), two));
                QVERIFY(at::equal(layer(x), two));
                at::set_num_threads(1);
            }
        }
    }

    void emulatedTypesAreMultipliedByTiles() {
        const Tensor weight = at::randn({700, 256}), bias = at::randn({700}), x = at::randn({3, 20, 256});
        const Tensor expected = at::linear(x, weight, bias);
        for (auto [type, most] : {std::pair{c10::kBFloat16, 6e-3}, {c10::kHalf, 1e-3}}) {
            const nn::Linear layer(weight.to(type), bias.to(type));
            for (const Tensor& rows : {x, x.narrow(1, 0, 1)}) {
                const Tensor result = layer(rows.to(type));
                QVERIFY(result.scalar_type() == type);
                QVERIFY(normError(result, rows.size(1) == 20 ? expected : expected.narrow(1, 0, 1)) < most);
            }
        }
    }
};

QTEST_GUILESS_MAIN(Quantized)
#include "quantized_test.moc"
