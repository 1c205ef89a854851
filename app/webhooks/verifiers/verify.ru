# Receives webhooks of Mio: takes what is signed with the secret, and refuses everything else.
# A Rack application: it runs under Puma and others, and can be mounted in Rails.
require "openssl"

# One secret, or during a rotation the old and the new one with a space between them.
SECRETS = ENV.fetch("MIO_WEBHOOK_SECRET").split
TOLERANCE_SECONDS = 300

# Whether Mio has signed this body, not more than five minutes ago. The body must be the bytes as they came.
def verified?(env, body)
  timestamp, signature = env["HTTP_X_MIO_TIMESTAMP"].to_s, env["HTTP_X_MIO_SIGNATURE"].to_s
  return false unless timestamp.match?(/\A[0-9]+\z/) && (Time.now.to_i - timestamp.to_i).abs <= TOLERANCE_SECONDS

  SECRETS.any? do |secret|
    expected = OpenSSL::HMAC.hexdigest("SHA256", secret, "#{timestamp}.".b + body.b)
    OpenSSL.secure_compare(expected, signature)
  end
end

run lambda { |env|
  body = env["rack.input"] ? env["rack.input"].read.to_s : ""
  # Answer first, work afterwards. X-Mio-Delivery stays the same when a delivery is sent again.
  [verified?(env, body) ? 204 : 401, {}, []]
}
