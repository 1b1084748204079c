#include "core/train/training.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <chrono>
#include <cmath>
#include <iomanip>
#include <optional>
#include <sstream>

#include "core/files/error.h"
#include "core/files/json.h"
#include "core/train/curve.h"
#include "core/train/matrix_work.h"
#include "core/train/optimizer.h"
#include "core/train/snapshot.h"

namespace fusionscope::train {

namespace {

using Clock = std::chrono::steady_clock;

// Losses in progress lines are running means; what a step adds.
constexpr double newShare = 0.05;
constexpr double sayEvery = 30;

double secondsSince(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

/// What a checkpoint's JSON says.
struct TrainingState {
    int64_t seen = 0;  ///< pictures shown
    int64_t steps = 0;
    double seconds = 0;               ///< spent
    std::optional<double> bestExam;   ///< the lowest loss of an examination
    std::string source;
};

/// A run of a training in one process.
class Run {
  public:
    Run(Stage& stage, const Recipe& recipe, const TrainingOptions& options, c10::ScalarType compute)
        : m_stage(stage),
          m_recipe(recipe),
          m_options(options),
          m_compute(compute),
          m_optimizer(stage.weights(), recipe.optimizer),
          m_average(stage.weights(), recipe.average) {
        m_state.source = options.source;
        if (std::filesystem::exists(checkpointOf(options.folder))) resume();
    }

    void finish() {
        std::vector<std::string> columns = {"pictures", "loss"};
        for (const auto& name : m_stage.partNames()) columns.push_back(name);
        columns.insert(columns.end(), {"gradient", "rate", "seconds"});
        Curve curve(m_options.folder / "curve.csv", columns, static_cast<double>(m_state.seen));
        Curve exams(m_options.folder / "exams.csv", {"pictures", "loss"}, static_cast<double>(m_state.seen));
        if (m_state.seen >= m_recipe.pictures) {
            m_options.say(concat("All ", m_recipe.pictures, " pictures have been shown already."));
            return;
        }
        m_rate = matrixRate(m_compute, m_stage.weights().begin()->second.device());
        m_stage.startAt(m_state.seen);
        m_before = m_state.seconds;
        m_begin = m_saidAt = m_savedAt = Clock::now();
        while (m_state.seen < m_recipe.pictures && !m_options.stop.stop_requested()) {
            curve.add(step());
            if (m_recipe.examineEvery > 0 && m_state.seen / m_recipe.examineEvery > (m_state.seen - m_recipe.batch) / m_recipe.examineEvery) examine(exams);
            if (secondsSince(m_saidAt) >= sayEvery) say();
            if (secondsSince(m_savedAt) + m_stepSeconds >= m_options.saveSeconds) save(curve);
        }
        say();
        save(curve);
        if (m_state.seen < m_recipe.pictures) throw Stopped();
    }

  private:
    void resume() {
        const auto snapshot = Snapshot::read(checkpointOf(m_options.folder));
        const files::Fields fields(snapshot.state, checkpointOf(m_options.folder).string());
        m_state.seen = fields.integer("seen", {0});
        m_state.steps = fields.integer("steps", {0});
        m_state.seconds = fields.number("seconds", {0});
        m_state.source = fields.text("source");
        if (fields.has("best_exam")) m_state.bestExam = fields.number("best_exam");
        const at::NoGradGuard still;
        for (const auto& [name, weight] : m_stage.weights()) {
            const auto found = snapshot.tensors.find("weight/" + name);
            if (found == snapshot.tensors.end() || found->second.sizes() != weight.sizes())
                throw Error(concat("the weight ", name, " is missing or has another shape"), fields.where(),
                            "It belongs to another training: choose a new folder.");
            weight.copy_(found->second);
        }
        m_optimizer.load(snapshot.tensors);
        m_average.load(snapshot.tensors);
        m_options.say(concat("Going on after ", m_state.seen, " pictures."));
    }

    std::vector<double> step() {
        const auto begin = Clock::now();
        std::unique_ptr<MatrixWork> work;
        if (m_work == 0) work = std::make_unique<MatrixWork>();
        const StepLosses losses = m_stage.losses(m_state.seen);
        losses.loss.backward();
        if (work) m_work = work->operations();
        work.reset();
        const double rate = m_recipe.rate(m_state.seen), length = m_optimizer.step(rate);
        m_state.seen += m_recipe.batch;
        ++m_state.steps;
        ++m_stepsHere;
        m_average.update(m_stage.weights(), m_state.steps);
        m_stepSeconds = secondsSince(begin);
        m_state.seconds = m_before + secondsSince(m_begin);
        std::vector<double> row = {static_cast<double>(m_state.seen), losses.loss.item<double>()};
        for (const auto& [name, value] : losses.parts) row.push_back(value);
        if (m_means.empty()) m_means = row;
        for (std::size_t i = 0; i < m_means.size(); ++i) m_means[i] += newShare * (row[i] - m_means[i]);
        row.insert(row.end(), {length, rate, m_state.seconds});
        return row;
    }

    void say() {
        m_saidAt = Clock::now();
        if (m_stepsHere == 0) return;
        const double seconds = secondsSince(m_begin), pictures = static_cast<double>(m_stepsHere * m_recipe.batch);
        const double used = m_work * static_cast<double>(m_stepsHere) / seconds, left = static_cast<double>(m_recipe.pictures - m_state.seen);
        std::ostringstream line;
        line << m_state.seen << " of " << m_recipe.pictures << " pictures, " << std::setprecision(3) << pictures / seconds
             << " a second, " << 100 * used / m_rate << " % of the machine's " << m_rate / 1e9 << " GFLOP/s, " << std::fixed
             << std::setprecision(1) << left / (pictures / seconds) / 3600 << " h left; loss " << std::setprecision(3) << m_means.at(1);
        const auto names = m_stage.partNames();
        for (std::size_t i = 0; i < names.size(); ++i) line << ", " << names[i] << ' ' << m_means.at(i + 2);
        m_options.say(line.str());
    }

    /// Examines the running mean of the weights and keeps it if none was better.
    void examine(Curve& exams) {
        const at::NoGradGuard still;
        Tensors now;
        for (const auto& [name, weight] : m_stage.weights()) {
            now[name] = weight.detach().clone();
            weight.copy_(m_average.tensors().at(name));
        }
        const double loss = m_stage.examine(m_recipe.examined);
        for (const auto& [name, weight] : m_stage.weights()) weight.copy_(now.at(name));
        exams.add({static_cast<double>(m_state.seen), loss});
        exams.flush();
        m_options.say(concat("Examined after ", m_state.seen, " pictures: loss ", loss, m_state.bestExam ? concat(", the best was ", *m_state.bestExam) : "", "."));
        if (m_state.bestExam && loss >= *m_state.bestExam) return;
        m_state.bestExam = loss;
        Snapshot best;
        m_average.save(best.tensors);
        best.state = {{"seen", m_state.seen}, {"source", m_state.source}, {"loss", loss}};
        best.write(bestOf(m_options.folder));
    }

    void save(Curve& curve) {
        curve.flush();
        Snapshot snapshot;
        for (const auto& [name, weight] : m_stage.weights()) snapshot.tensors["weight/" + name] = weight;
        m_optimizer.save(snapshot.tensors);
        m_average.save(snapshot.tensors);
        snapshot.state = {{"seen", m_state.seen}, {"steps", m_state.steps}, {"seconds", m_state.seconds}, {"source", m_state.source}};
        if (m_state.bestExam) snapshot.state["best_exam"] = *m_state.bestExam;
        snapshot.write(checkpointOf(m_options.folder));
        m_savedAt = Clock::now();
    }

    Stage& m_stage;
    const Recipe& m_recipe;
    const TrainingOptions& m_options;
    c10::ScalarType m_compute;
    Optimizer m_optimizer;
    Average m_average;
    TrainingState m_state;
    std::vector<double> m_means;
    int64_t m_stepsHere = 0;
    double m_work = 0, m_rate = 1, m_before = 0, m_stepSeconds = 0;
    Clock::time_point m_begin, m_saidAt, m_savedAt;
};

}  // namespace

std::filesystem::path checkpointOf(const std::filesystem::path& folder) { return folder / "checkpoint.safetensors"; }
std::filesystem::path bestOf(const std::filesystem::path& folder) { return folder / "best.safetensors"; }

void runTraining(Stage& stage, const Recipe& recipe, const TrainingOptions& options, c10::ScalarType compute) {
    std::error_code failure;
    std::filesystem::create_directories(options.folder, failure);
    if (failure) throw Error("the folder cannot be made: " + failure.message(), options.folder.string());
    Run(stage, recipe, options, compute).finish();
}

}  // namespace fusionscope::train
