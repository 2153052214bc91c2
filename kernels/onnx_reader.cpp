// The only translation unit that sees protobuf and libonnx; everything else works on
// kernels/graph.h.

#include "kernels/onnx_reader.h"

#include <onnx/checker.h>
#include <onnx/defs/parser.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <set>

#include "kernels/golden/golden.h"
#include "kernels/onnx_text.h"
#include "sim/base/error.h"
#include "sim/base/file.h"

namespace coldforge::kernels {
namespace {

constexpr std::int64_t kLargestIrVersion = 8;  // what libonnx 1.12 knows
constexpr std::int64_t kLargestOpset = 17;
constexpr std::int64_t kMostElements = std::int64_t{1} << 31;
constexpr char kMetadataKey[] = "coldforge";

struct TypeName {
  int onnx;
  const char* name;
};

/// ONNX element types by number (onnx.proto, TensorProto.DataType), for messages.
constexpr TypeName kTypeNames[] = {
    {1, "float"},   {2, "uint8"},      {3, "int8"},        {4, "uint16"},
    {5, "int16"},   {6, "int32"},      {7, "int64"},       {8, "string"},
    {9, "bool"},    {10, "float16"},   {11, "double"},     {12, "uint32"},
    {13, "uint64"}, {14, "complex64"}, {15, "complex128"}, {16, "bfloat16"}};

std::string onnx_type_name(int type) {
  for (const TypeName& entry : kTypeNames) {
    if (entry.onnx == type) return entry.name;
  }
  return "undefined";
}

bool is_onnx_float(int type) {
  return type == onnx::TensorProto::FLOAT || type == onnx::TensorProto::FLOAT16 ||
         type == onnx::TensorProto::BFLOAT16 || type == onnx::TensorProto::DOUBLE;
}

std::optional<ElementType> element_type_of(int type) {
  switch (type) {
    case onnx::TensorProto::FLOAT:
      return ElementType::Fp32;
    case onnx::TensorProto::FLOAT16:
      return ElementType::Fp16;
    case onnx::TensorProto::BFLOAT16:
      return ElementType::Bf16;
    case onnx::TensorProto::INT8:
      return ElementType::Int8;
    case onnx::TensorProto::UINT8:
      return ElementType::UInt8;
    case onnx::TensorProto::INT32:
      return ElementType::Int32;
    case onnx::TensorProto::INT64:
      return ElementType::Int64;
    case onnx::TensorProto::BOOL:
      return ElementType::Bool;
    default:
      return std::nullopt;
  }
}

int onnx_type_of(ElementType type) {
  constexpr int kOnnx[kElementTypes] = {onnx::TensorProto::FLOAT,    onnx::TensorProto::FLOAT16,
                                        onnx::TensorProto::BFLOAT16, onnx::TensorProto::INT8,
                                        onnx::TensorProto::UINT8,    onnx::TensorProto::INT32,
                                        onnx::TensorProto::INT64,    onnx::TensorProto::BOOL};
  return kOnnx[static_cast<int>(type)];
}

ElementType require_type(int type, const std::string& where) {
  if (const auto known = element_type_of(type)) return *known;
  const char* advice = type == onnx::TensorProto::DOUBLE ? "; --dtype fp32 converts the model" : "";
  throw UserError(where,
                  "element type " + onnx_type_name(type) +
                      " is not supported: supported are float, float16, bfloat16, int8, uint8, "
                      "int32, int64, bool" +
                      advice);
}

// ----------------------------------------------------------------------------------------------
// tensors

std::vector<double> raw_values(const onnx::TensorProto& proto, std::size_t count,
                               const std::string& where) {
  const std::string& raw = proto.raw_data();
  const bool is_double = proto.data_type() == onnx::TensorProto::DOUBLE;
  const std::size_t width =
      is_double ? 8 : static_cast<std::size_t>(size_bytes(require_type(proto.data_type(), where)));
  if (raw.size() != count * width) {
    throw UserError(where, "holds " + std::to_string(raw.size()) + " bytes, its shape needs " +
                               std::to_string(count * width));
  }
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t bits = 0;
    for (std::size_t b = 0; b < width; ++b) {
      bits |= static_cast<std::uint64_t>(static_cast<unsigned char>(raw[i * width + b])) << (8 * b);
    }
    if (is_double) {
      std::memcpy(&values[i], &bits, sizeof bits);
    } else if (proto.data_type() == onnx::TensorProto::INT64) {
      values[i] = exact_int64(static_cast<std::int64_t>(bits), where);
    } else {
      values[i] = element_from_bits(*element_type_of(proto.data_type()), bits);
    }
  }
  return values;
}

std::vector<double> typed_values(const onnx::TensorProto& proto, const std::string& where) {
  std::vector<double> values;
  switch (proto.data_type()) {
    case onnx::TensorProto::FLOAT:
      values.assign(proto.float_data().begin(), proto.float_data().end());
      break;
    case onnx::TensorProto::DOUBLE:
      values.assign(proto.double_data().begin(), proto.double_data().end());
      break;
    case onnx::TensorProto::INT64:
      for (const std::int64_t value : proto.int64_data())
        values.push_back(exact_int64(value, where));
      break;
    default: {  // the narrow types share int32_data; float16 and bfloat16 lie there as bits
      const ElementType type = require_type(proto.data_type(), where);
      for (const std::int32_t value : proto.int32_data()) {
        const double element = is_float(type)
                                   ? element_from_bits(type, static_cast<std::uint32_t>(value))
                                   : static_cast<double>(value);
        if (!is_float(type) && round_to(type, element) != element) {
          throw UserError(where, "the value " + std::to_string(value) + " does not fit into " +
                                     std::string(name_of(type)));
        }
        values.push_back(element);
      }
    }
  }
  return values;
}

Tensor read_tensor(const onnx::TensorProto& proto, const std::string& where,
                   std::optional<ElementType> dtype = std::nullopt) {
  if (proto.data_location() == onnx::TensorProto::EXTERNAL || proto.external_data_size() > 0) {
    throw UserError(where, "external data is not supported: save the model with its data inside");
  }
  Shape shape(proto.dims().begin(), proto.dims().end());
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) {
    if (extent < 0 || (extent > 0 && count > kMostElements / extent)) {
      throw UserError(where, "has an absurd shape");
    }
    count *= extent;
  }
  std::vector<double> values = proto.has_raw_data()
                                   ? raw_values(proto, static_cast<std::size_t>(count), where)
                                   : typed_values(proto, where);
  if (static_cast<std::int64_t>(values.size()) != count) {
    throw UserError(where, "has " + std::to_string(values.size()) + " values, its shape " +
                               shape_text(shape) + " needs " + std::to_string(count));
  }
  const bool replaced = dtype && is_onnx_float(proto.data_type());
  Tensor tensor(replaced ? *dtype : require_type(proto.data_type(), where), std::move(shape),
                std::move(values));
  round_values(tensor);
  return tensor;
}

void write_tensor(const Tensor& tensor, onnx::TensorProto* proto) {
  const std::string name = proto->name();
  proto->Clear();
  proto->set_name(name);
  proto->set_data_type(onnx_type_of(tensor.type));
  for (const std::int64_t extent : tensor.shape) proto->add_dims(extent);
  const std::vector<std::uint8_t> bytes = to_bytes(tensor);
  proto->set_raw_data(bytes.data(), bytes.size());
}

// ----------------------------------------------------------------------------------------------
// --dtype, --shape

void retype_value(onnx::ValueInfoProto* value, ElementType dtype) {
  if (!value->type().has_tensor_type()) return;
  auto* tensor_type = value->mutable_type()->mutable_tensor_type();
  if (is_onnx_float(tensor_type->elem_type())) tensor_type->set_elem_type(onnx_type_of(dtype));
}

void retype_tensor(onnx::TensorProto* proto, ElementType dtype, const std::string& where) {
  if (is_onnx_float(proto->data_type())) write_tensor(read_tensor(*proto, where, dtype), proto);
}

/// Every float type of the graph becomes `dtype`, so that types agree again: a model keeps one
/// float type.
void retype_graph(onnx::GraphProto* graph, ElementType dtype, const std::string& where) {
  graph->clear_value_info();
  for (auto& value : *graph->mutable_input()) retype_value(&value, dtype);
  for (auto& value : *graph->mutable_output()) retype_value(&value, dtype);
  for (auto& tensor : *graph->mutable_initializer()) {
    retype_tensor(&tensor, dtype, where + ": constant '" + tensor.name() + "'");
  }
  for (auto& node : *graph->mutable_node()) {
    for (auto& attribute : *node.mutable_attribute()) {
      const bool names_type = attribute.name() == "to" || attribute.name() == "dtype";
      if (names_type && attribute.has_i() && is_onnx_float(static_cast<int>(attribute.i()))) {
        attribute.set_i(onnx_type_of(dtype));
      }
      if (attribute.has_t())
        retype_tensor(attribute.mutable_t(), dtype, where + ": " + node.op_type());
      if (attribute.has_g()) retype_graph(attribute.mutable_g(), dtype, where);
    }
  }
}

void reshape_inputs(onnx::GraphProto* graph, const std::map<std::string, Shape>& shapes,
                    const std::string& where) {
  if (shapes.empty()) return;
  std::string known;
  for (const auto& input : graph->input()) known += (known.empty() ? "" : ", ") + input.name();
  for (const auto& [name, shape] : shapes) {
    onnx::ValueInfoProto* found = nullptr;
    for (auto& input : *graph->mutable_input()) {
      if (input.name() == name) found = &input;
    }
    if (found == nullptr)
      throw UserError(where, "--shape " + name + ": no such input; the inputs are " + known);
    for (const std::int64_t extent : shape) {
      if (extent < 1) throw UserError(where, "--shape " + name + ": extents must be at least 1");
    }
    auto* target = found->mutable_type()->mutable_tensor_type()->mutable_shape();
    target->Clear();
    for (const std::int64_t extent : shape) target->add_dim()->set_dim_value(extent);
  }
  // What was derived from the old shapes is derived anew.
  graph->clear_value_info();
  for (auto& output : *graph->mutable_output()) {
    if (output.type().has_tensor_type())
      output.mutable_type()->mutable_tensor_type()->clear_shape();
  }
}

// ----------------------------------------------------------------------------------------------
// checks

void check_header(const onnx::ModelProto& model, const std::string& where) {
  if (model.ir_version() > kLargestIrVersion) {
    throw UserError(where, "ir_version " + std::to_string(model.ir_version()) +
                               " is not supported: at most 8 (export with opset 17 or lower)");
  }
  if (model.functions_size() > 0) {
    throw UserError(where, "local functions are not supported: inline them (function '" +
                               model.functions(0).name() + "')");
  }
  bool has_opset = false;
  for (const auto& opset : model.opset_import()) {
    if (!opset.domain().empty() && opset.domain() != "ai.onnx") continue;
    has_opset = true;
    if (opset.version() > kLargestOpset) {
      throw UserError(where, "opset " + std::to_string(opset.version()) +
                                 " is not supported: at most 17 (export with opset_version=17)");
    }
  }
  if (!has_opset)
    throw UserError(where, "opset_import of the default domain is missing: add [\"\" : 17]");
}

/// Adds what is foreign, unknown to libonnx at this opset, or unknown to the golden interpreter.
void collect_unsupported(const onnx::GraphProto& graph, int opset,
                         std::map<std::string, int>& unsupported) {
  for (const auto& node : graph.node()) {
    const bool foreign = !node.domain().empty() && node.domain() != "ai.onnx";
    const auto least = foreign ? std::nullopt : golden::least_version(node.op_type());
    const auto* schema =
        foreign ? nullptr : onnx::OpSchemaRegistry::Schema(node.op_type(), opset, "");
    if (!least || schema == nullptr) {
      ++unsupported[foreign ? node.domain() + "." + node.op_type() : node.op_type()];
    } else if (schema->SinceVersion() < *least) {
      ++unsupported[node.op_type() + " of opset " + std::to_string(schema->SinceVersion()) +
                    " (supported from " + std::to_string(*least) + ")"];
    }
    for (const auto& attribute : node.attribute()) {
      if (attribute.has_g()) collect_unsupported(attribute.g(), opset, unsupported);
    }
  }
}

void check_operators(const onnx::GraphProto& graph, int opset, const std::string& where) {
  std::map<std::string, int> unsupported;
  collect_unsupported(graph, opset, unsupported);
  std::string list;
  for (const auto& [name, count] : unsupported) {
    list += (list.empty() ? "" : ", ") + name +
            (count > 1 ? " (" + std::to_string(count) + " nodes)" : "");
  }
  if (list.empty()) return;
  throw UnsupportedOperators(
      where, "unsupported operators: " + list +
                 ": see `coldforge tasks list --operators` for those that are supported");
}

/// Attribute values that the checker lets pass and that shape inference divides by or trusts.
void check_attributes(const onnx::GraphProto& graph, const std::string& where) {
  for (const auto& node : graph.node()) {
    for (const auto& attribute : node.attribute()) {
      const std::string& name = attribute.name();
      const std::string place = where + ": " + node.op_type() + ": attribute '" + name + "'";
      const bool extents = name == "strides" || name == "dilations" || name == "kernel_shape";
      for (const std::int64_t value : attribute.ints()) {
        if (extents && value < 1) throw UserError(place, "must be at least 1 in each entry");
      }
      const bool count = name == "group" || name == "blocksize" || name == "num_scan_inputs";
      if (count && attribute.i() < 1) throw UserError(place, "must be at least 1");
      if (name == "keepdims" && (attribute.i() < 0 || attribute.i() > 1)) {
        throw UserError(place, "must be 0 or 1");
      }
      if (attribute.has_g()) check_attributes(attribute.g(), where);
    }
  }
}

/// The one attribute that repeats a shape: the kernel's extents stand in the weights, too.
void check_kernel_shapes(const Graph& graph, const std::string& where) {
  for (const Node& node : graph.nodes) {
    if (node.op_type != "Conv" && node.op_type != "ConvTranspose") continue;
    const Shape& weights = graph.value(node.inputs.at(1)).shape;
    if (weights.size() < 3) {
      throw UserError(where + ": " + node.op_type, "the weights must have rank 3 at least");
    }
    const Shape kernel(weights.begin() + 2, weights.end());
    const Shape stated = node.integers("kernel_shape", kernel);
    if (stated != kernel) {
      throw UserError(where + ": " + node.op_type + ": kernel_shape " + shape_text(stated),
                      "contradicts the weights " + shape_text(weights));
    }
  }
}

// ----------------------------------------------------------------------------------------------
// protobuf -> Graph

class Converter {
 public:
  Converter(int opset, std::string where) : opset_(opset), where_(std::move(where)) {}

  /// `outer`: a sub-graph's body, in which types of values may be missing.
  Graph graph(const onnx::GraphProto& proto, bool is_body) const {
    Graph graph;
    graph.name = proto.name();
    graph.opset = opset_;
    if (proto.sparse_initializer_size() > 0)
      throw UserError(where_, "sparse initializers are not supported");
    for (const auto& tensor : proto.initializer()) add_constant(graph, tensor.name(), tensor);
    for (const auto& input : proto.input()) {
      if (graph.constants.count(input.name()) != 0) continue;
      const auto known = value(input, is_body, "input");
      graph.inputs.push_back(known ? *known : Value{input.name(), ElementType::Fp32, {}});
      if (known) graph.values[input.name()] = *known;
    }
    for (const auto& info : proto.value_info()) {
      if (const auto known = value(info, is_body, "value")) graph.values[info.name()] = *known;
    }
    for (const auto& output : proto.output()) {
      const auto known = value(output, is_body, "output");
      graph.outputs.push_back(known ? *known : Value{output.name(), ElementType::Fp32, {}});
      if (known) graph.values[output.name()] = *known;
    }
    for (const auto& node : proto.node()) add_node(graph, node);
    return graph;
  }

 private:
  void add_constant(Graph& graph, const std::string& name, const onnx::TensorProto& proto) const {
    Tensor tensor = read_tensor(proto, where_ + ": constant '" + name + "'");
    graph.values[name] = {name, tensor.type, tensor.shape};
    graph.constants[name] = std::move(tensor);
  }

  std::optional<Value> value(const onnx::ValueInfoProto& info, bool is_body,
                             const char* role) const {
    const std::string where = where_ + ": " + role + " '" + info.name() + "'";
    if (!info.type().has_tensor_type()) {
      if (is_body) return std::nullopt;
      throw UserError(where, "is not a tensor: sequences, maps and optionals are not supported");
    }
    const auto& type = info.type().tensor_type();
    if (is_body && (!type.has_shape() || type.elem_type() == 0)) return std::nullopt;
    Value value{info.name(), require_type(type.elem_type(), where), {}};
    if (!type.has_shape()) {
      throw UserError(where,
                      std::string("its shape cannot be derived: give ") +
                          (std::strcmp(role, "input") == 0 ? "--shape " + info.name() + "=..."
                                                           : "the inputs static shapes"));
    }
    for (int axis = 0; axis < type.shape().dim_size(); ++axis) {
      const auto& dim = type.shape().dim(axis);
      if (!dim.has_dim_value()) {
        if (is_body) return std::nullopt;
        const std::string symbol = dim.has_dim_param() ? " (" + dim.dim_param() + ")" : "";
        throw UserError(where, "dimension " + std::to_string(axis) + symbol +
                                   " is not known: bind it, e.g. --shape " +
                                   (std::strcmp(role, "input") == 0 ? info.name() : "INPUT") +
                                   "=64x512");
      }
      if (dim.dim_value() < 0) throw UserError(where, "has a negative dimension");
      value.shape.push_back(dim.dim_value());
    }
    std::int64_t count = 1;
    for (const std::int64_t extent : value.shape) {
      if (extent > 0 && count > kMostElements / extent) {
        throw UserError(
            where, "shape " + shape_text(value.shape) + " is too large: at most 2^31 elements");
      }
      count *= extent;
    }
    return value;
  }

  void add_node(Graph& graph, const onnx::NodeProto& proto) const {
    Node node;
    node.op_type = proto.op_type();
    const auto* schema = onnx::OpSchemaRegistry::Schema(proto.op_type(), opset_, "");
    CF_CHECK(schema != nullptr, "the checker let an unknown operator pass");
    node.version = schema->SinceVersion();
    node.name = proto.name();
    node.inputs.assign(proto.input().begin(), proto.input().end());
    while (!node.inputs.empty() && node.inputs.back().empty()) node.inputs.pop_back();
    node.outputs.assign(proto.output().begin(), proto.output().end());
    for (const auto& attribute : proto.attribute()) {
      node.attributes[attribute.name()] = convert(attribute, proto.op_type());
    }
    graph.nodes.push_back(std::move(node));
  }

  Attribute convert(const onnx::AttributeProto& proto, const std::string& op_type) const {
    const std::string where = where_ + ": " + op_type + ": attribute '" + proto.name() + "'";
    switch (proto.type()) {
      case onnx::AttributeProto::INT:
        return std::int64_t{proto.i()};
      case onnx::AttributeProto::FLOAT:
        return static_cast<double>(proto.f());
      case onnx::AttributeProto::STRING:
        return proto.s();
      case onnx::AttributeProto::INTS:
        return std::vector<std::int64_t>(proto.ints().begin(), proto.ints().end());
      case onnx::AttributeProto::FLOATS:
        return std::vector<double>(proto.floats().begin(), proto.floats().end());
      case onnx::AttributeProto::TENSOR:
        return read_tensor(proto.t(), where);
      case onnx::AttributeProto::GRAPH:
        return std::make_shared<const Graph>(graph(proto.g(), true));
      default:
        throw UserError(where, "has a type that is not supported");
    }
  }

  int opset_;
  std::string where_;
};

// ----------------------------------------------------------------------------------------------
// reading

/// Makes the parser's position visible when it throws instead of returning a status (numbers out of
/// range).
class Parser : public onnx::OnnxParser {
 public:
  using onnx::OnnxParser::OnnxParser;
  int line() const {
    int count = 1;
    for (const char* p = start_; p < next_ && p < end_; ++p) count += *p == '\n';
    return count;
  }
};

void parse_model(const std::string& text, const std::string& where, onnx::ModelProto* model) {
  Parser parser(text.c_str());
  std::string problem;
  try {
    const auto status = parser.Parse(*model);
    if (!status.IsOK()) {
      problem = status.ErrorMessage();
      // "[ParseError at position (line: 3 column: 7)]\nError context: ...\nExpected character ..."
      const std::size_t last = problem.rfind('\n');
      if (problem.rfind("[ParseError", 0) == 0 && last != std::string::npos)
        problem = problem.substr(last + 1);
    }
  } catch (const std::exception&) {
    problem = "a number that is out of range or malformed";
  }
  if (!problem.empty()) {
    throw UserError(where + ":" + std::to_string(parser.line()),
                    "malformed ONNX text: " + one_line(problem));
  }
}

Model finish(onnx::ModelProto& proto, const std::string& where, const ReadOptions& options) {
  check_header(proto, where);
  int opset = 0;
  for (const auto& import : proto.opset_import()) {
    if (import.domain().empty() || import.domain() == "ai.onnx")
      opset = static_cast<int>(import.version());
  }
  check_operators(proto.graph(), opset, where);
  check_attributes(proto.graph(), where);
  // Element counts first: the checker and shape inference trust them.
  for (const auto& tensor : proto.graph().initializer()) {
    read_tensor(tensor, where + ": constant '" + tensor.name() + "'", ElementType::Fp32);
  }
  if (options.dtype && !is_float(*options.dtype)) {
    throw UserError("--dtype " + std::string(name_of(*options.dtype)),
                    "must be fp32, fp16 or bf16");
  }
  if (options.dtype) retype_graph(proto.mutable_graph(), *options.dtype, where);
  try {
    onnx::checker::check_model(proto);
    // Behind the checker, because it wants every output to have a shape.
    reshape_inputs(proto.mutable_graph(), options.shapes, where);
    const onnx::ShapeInferenceOptions strict(/*check_type=*/true, /*error_mode=*/1,
                                             /*data_propagation=*/true);
    onnx::shape_inference::InferShapes(proto, onnx::OpSchemaRegistry::Instance(), strict);
  } catch (const UserError&) {
    throw;
  } catch (const std::exception& error) {  // checker, inference and protobuf share no narrower base
    throw UserError(where, "invalid ONNX model: " + one_line(error.what()));
  }
  Model model;
  model.graph = Converter(opset, where).graph(proto.graph(), false);
  check_kernel_shapes(model.graph, where);
  fold_constants(model.graph);
  if (model.graph.outputs.empty()) throw UserError(where, "the graph has no outputs");
  return model;
}

}  // namespace

Model parse_onnx_text(const std::string& text, const std::string& where,
                      const ReadOptions& options) {
  onnx::ModelProto proto;
  parse_model(text, where, &proto);
  Model model = finish(proto, where, options);
  model.remarks = remarks_in_comments(text);
  return model;
}

Model read_onnx(const std::filesystem::path& path, const ReadOptions& options) {
  const std::string where = path.string();
  const std::string content = read_file(path);
  if (path.extension() == ".onnxtxt") return parse_onnx_text(content, where, options);
  onnx::ModelProto proto;
  if (content.empty() || !proto.ParseFromString(content) || !proto.has_graph()) {
    throw UserError(where, "is not an ONNX model: the text form must be named *.onnxtxt");
  }
  Model model = finish(proto, where, options);
  for (const auto& property : proto.metadata_props()) {
    if (property.key() == kMetadataKey) model.remarks = remarks_in_lines(property.value());
  }
  return model;
}

Tensor parse_onnx_tensor(const std::string& bytes, const std::string& where) {
  onnx::TensorProto proto;
  if (!proto.ParseFromString(bytes)) throw UserError(where, "is not an ONNX tensor");
  const bool is_double = proto.data_type() == onnx::TensorProto::DOUBLE;
  return read_tensor(proto, where, is_double ? std::optional(ElementType::Fp32) : std::nullopt);
}

}  // namespace coldforge::kernels
